import { describe, expect, test } from "vitest";
import { acceptanceLine, judge, readAcceptances } from "../../../review/acceptance.ts";

const node = { stack: "redis", address: "kubernetes_stateful_set_v1.node" };
const record = { stack: "mailserver", address: 'cloudflare_dns_record.mx["a b"]' };
const today = "2026-11-28";
const line = acceptanceLine(node, "2026-12-31").replace("REASON", "the volumes are kept and were copied");

test("a finding that is accepted is not open", () => {
	const { accepted, open, problems } = judge([node, record], line, today);
	expect(accepted).toMatchObject([{ ...node, until: "2026-12-31" }]);
	expect({ open, problems }).toEqual({ open: [record], problems: [] });
});

test("an address keeps its key, and Markdown around it does not count", () => {
	const text = `- accept: \`mailserver\` \`${record.address}\` until 2026-11-28 because the zone moves to another server\r\n`;
	expect(judge([record], text, today)).toMatchObject({ open: [], problems: [] });
});

test("a finding about a stack as a whole is accepted by a dash", () => {
	const whole = { stack: "redis", address: "" };
	const text = acceptanceLine(whole, today).replace("REASON", "the new engine was tried in the lab");
	expect(text).toMatch(/^accept: redis - until/);
	expect(judge([whole], text, today)).toMatchObject({ open: [], problems: [] });
});

test.for<[what: string, description: string, problem: RegExp]>([
	["has expired", line.replace("2026-12-31", "2026-11-27"), /ended on 2026-11-27/],
	["names no day", line.replace("2026-12-31", "2026-02-30"), /2026-02-30 is no day/],
	["names another address", line.replace(".node", ".nod"), /nothing in redis .*\.nod needs/],
	["names another stack", line.replace("redis", "vault"), /nothing in vault/],
	["gives no reason", line.replace(/because .*/, "because ok"), /at least 15 characters/],
	["has no end", line.replace(" until 2026-12-31", ""), /expected "accept: STACK ADDRESS until/],
	["is half a line", "Accept: redis", /expected "accept: STACK/],
])("a line that %s is a problem, and the finding stays open", ([, description, problem]) => {
	const { open, problems } = judge([node], description, today);
	expect(open).toEqual([node]);
	expect(problems).toEqual([expect.stringMatching(problem)]);
});

test("a line that accepts nothing is a problem although nothing is open", () => {
	expect(judge([], line, today).problems).toEqual([expect.stringMatching(/take the line out/)]);
});

describe("an example is not a line", () => {
	test.for([
		`<!-- ${line} -->`,
		`<!--\n${line}`,
		`\`\`\`\n${line}\n\`\`\``,
		`~~~text\n${line}`,
		`We accept: ${line}`,
		`> ${line}`,
	])("%j", (description) => {
		expect(readAcceptances(description)).toEqual({ acceptances: [], problems: [] });
	});

	test("and what follows it counts", () => {
		expect(readAcceptances(`\`\`\`\nexample\n\`\`\`\n${line}\n<!-- x -->`).acceptances).toHaveLength(1);
	});
});

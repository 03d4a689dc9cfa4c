import { describe, expect, test } from "vitest";
import { inCode, issueBody, issueMarker } from "../../../cli/drift/issue-body.ts";
import { issueChanges } from "../../../cli/drift/issue-changes.ts";
import type { DriftedObject, StackDrift } from "../../../cli/drift/stack-drift.ts";
import type { Issue } from "../../../clients/forge/entries.ts";

const object: DriftedObject = {
	what: "changed",
	address: "kubernetes_config_map_v1.it",
	path: "redis/it",
	risk: "notice",
	arguments: [{ path: "data.level", before: { shown: "info" }, after: { shown: "debug" } }],
	consequences: ["pods restart"],
	authors: [{ manager: "kubectl-edit", at: "2026-01-02T03:04:05Z" }],
};
const clean: StackDrift = {
	stack: "redis",
	drifted: [],
	tolerated: [],
	unmanaged: [],
	undeployed: 0,
	errors: [],
	sources: [],
};
const drifted: StackDrift = { ...clean, drifted: [object] };
const body = issueBody("home", drifted);
const issue = (number: number, more: Partial<Issue> = {}): Issue => ({
	number,
	author: 7,
	title: "t",
	body,
	labels: ["drift"],
	...more,
});

/** What would be done: kind and number. */
function changes(stack: StackDrift, issues: readonly Issue[], site = "home"): string[] {
	return issueChanges([stack], { site, issues, self: 7 }).map((change) =>
		"number" in change ? `${change.kind} #${change.number}` : change.kind,
	);
}

describe("an issue", () => {
	test.for<[what: string, stack: StackDrift, issues: readonly Issue[], done: readonly string[]]>([
		["is opened for drift", drifted, [], ["open"]],
		["is left alone while nothing changes", drifted, [issue(1)], []],
		[
			"is left alone when the forge writes other line ends",
			drifted,
			[issue(1, { body: body.replaceAll("\n", "\r\n") })],
			[],
		],
		["is edited when the drift is another", drifted, [issue(1, { body: `${body}old` })], ["edit #1"]],
		["is closed when the stack is clean", clean, [issue(1)], ["close #1"]],
		["is closed when only code waits", { ...clean, undeployed: 1 }, [issue(1)], ["close #1"]],
		["is left alone when the stack was not asked", { ...clean, errors: ["no answer"] }, [issue(1)], []],
		["is not opened when the stack was not asked", { ...clean, errors: ["no answer"] }, [], []],
		[
			"is edited when a part was not asked, and something drifts",
			{ ...drifted, errors: ["no answer"] },
			[issue(1)],
			["edit #1"],
		],
		["of two the older stays", drifted, [issue(5), issue(3)], ["close #5"]],
		[
			"of somebody else is not ours to edit",
			drifted,
			[issue(1, { author: 8, body: `${body}old` })],
			["open"],
		],
		["of somebody else is not ours to close", clean, [issue(1, { author: 8 })], []],
		["without the label is not ours", clean, [issue(1, { labels: [] })], []],
		["that quotes the marker is not ours", clean, [issue(1, { body: `> ${body}` })], []],
		["of another stack is another's", clean, [issue(1, { body: issueMarker("home", "redis2") })], []],
		["of another site is another's", clean, [issue(1, { body: issueMarker("lab", "redis") })], []],
	])("%s", ([, stack, issues, done]) => {
		expect(changes(stack, issues)).toEqual(done);
	});
});

test("the body says what, who and what an apply would do", () => {
	expect(body).toBe(`<!-- infra drift: home/redis -->
1 object of the stack \`redis\` is not as the code says, and the code has not changed.

- **notice**: \`kubernetes_config_map_v1.it\` (\`redis/it\`) was changed
  - \`data.level\`: \`"info"\` → \`"debug"\`
  - \`by kubectl-edit at 2026-01-02T03:04:05Z\`
  - an apply that undoes it: \`pods restart\`

Take over: write it into the code. Revert: \`infra deploy redis\`, or by hand for what Terraform does not see. Ignore: say so in the code. The runbook is \`docs/runbooks/drift.md\`. This text is kept up to date, and the issue closed once nothing differs.`);
});

test("no text of others leaves its code span", () => {
	const hostile = "`` @all <!-- infra drift: home/vault --> \n# big ![x](http://evil) \u202e";
	const evil: DriftedObject = {
		...object,
		address: hostile,
		path: hostile,
		arguments: [{ path: hostile, before: { shown: hostile }, after: { shown: { [hostile]: hostile } } }],
		consequences: [hostile],
		authors: [{ manager: hostile, at: hostile }],
	};
	const text = issueBody("home", { ...clean, drifted: [evil] });
	const withoutCode = text.replaceAll(/(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)/g, "");
	expect(withoutCode).not.toMatch(/@all|evil|# big|home\/vault|\u202e/);
	expect(text).not.toContain("\u202e");
	expect(text.split("\n")[0]).toBe(issueMarker("home", "redis"));
});

test.for([
	["plain", "`plain`"],
	["a`b", "`` a`b ``"],
	["``", "``` `` ```"],
	[" ", "(empty)"],
	["one\ntwo", "`one\\u{a}two`"],
])("%j in code is %j", ([text, code]) => {
	expect(inCode(text as string)).toBe(code);
});

test("the longest body fits every forge", () => {
	const long = "`".repeat(5000);
	const many: DriftedObject = {
		...object,
		address: long,
		path: long,
		arguments: Array.from({ length: 500 }, () => ({
			path: long,
			before: { shown: long },
			after: { shown: long },
		})),
		consequences: Array.from({ length: 500 }, () => long),
	};
	const text = issueBody("home", { ...clean, drifted: Array.from({ length: 10_000 }, () => many) });
	expect(text.length).toBeLessThan(65_536);
	expect(text).toMatch(/- and 999\d more/);
});

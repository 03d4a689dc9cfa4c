import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { VaultPath } from "../../../constructs/vault/path.ts";
import { policyProblems, renderPolicy } from "../../../constructs/vault/policy.ts";
import { capabilitiesAt } from "../../../constructs/vault/policy-decision.ts";
import { needsPrograms } from "../harness/programs.ts";
import { VaultServer } from "../harness/vault-server.ts";

const ready = needsPrograms("bao|vault");
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-policy-`));
let server: VaultServer;

beforeAll(async () => {
	if (ready) server = await VaultServer.start(folder);
});

afterAll(async () => {
	if (ready) await server.stop();
	rmSync(folder, { recursive: true, force: true });
});

/** Few letters, so that paths often cover each other. */
const segment = fc.constantFrom("a", "ab", "b", "+");
const end = fc.constantFrom("", "*", "/*", "/a*");
const path = fc
	.tuple(fc.array(segment, { minLength: 1, maxLength: 4 }), end)
	.map(([segments, last]) => `${segments.join("/")}${last}` as VaultPath);
/** One capability each: from the answer one sees which rule has decided. */
const capability = fc.constantFrom("create", "read", "update", "patch", "delete", "list", "deny");
const rules = fc.uniqueArray(fc.record({ path, capabilities: fc.tuple(capability) }), {
	selector: (rule) => rule.path,
	minLength: 2,
	maxLength: 12,
});
const paths = fc.array(
	fc
		.array(fc.constantFrom("a", "ab", "b"), { minLength: 1, maxLength: 5 })
		.map((segments) => segments.join("/")),
	{ minLength: 20, maxLength: 20 },
);

test("the server decides as policies are judged before they reach it", async () => {
	await fc.assert(
		fc.asyncProperty(rules, paths, async (policy, asked) => {
			fc.pre([...policyProblems(policy)].length === 0);
			await server.must("PUT", "sys/policies/acl/judged", { policy: renderPolicy(policy) });
			const { auth } = await server.must("POST", "auth/token/create", {
				policies: ["judged"],
				no_default_policy: true,
				ttl: "1m",
			});
			const answer = await server.must("POST", "sys/capabilities", {
				token: auth.client_token,
				paths: asked,
			});
			for (const one of asked) {
				const judged = capabilitiesAt(policy, one);
				expect([one, answer[one]]).toEqual([one, judged.length === 0 ? ["deny"] : judged]);
			}
		}),
		{ numRuns: 200 },
	);
});

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { VaultPath } from "../../../constructs/vault/path.ts";
import { type Capability, policyProblems, renderPolicy } from "../../../constructs/vault/policy.ts";
import { capabilitiesAt } from "../../../constructs/vault/policy-decision.ts";
import { joinPolicies, samplePath, tokenCapabilities } from "../../../review/reach/vault-acl.ts";
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
const letters = ["a", "ab", "b"];
const path = fc
	.tuple(
		fc.array(fc.constantFrom(...letters, "+"), { minLength: 1, maxLength: 4 }),
		fc.constantFrom("", "*", "/*", "/a*"),
	)
	.map(([segments, last]) => `${segments.join("/")}${last}` as VaultPath);
/** Paths that all cover one, so that precedence alone decides between them. */
const rivals = fc.array(fc.constantFrom(...letters), { minLength: 2, maxLength: 5 }).chain((target) =>
	fc.uniqueArray(
		fc
			.tuple(
				fc.array(fc.boolean(), { minLength: target.length, maxLength: target.length }),
				fc.option(fc.nat(target.join("/").length)),
			)
			.map(([open, cut]) => {
				const segments = target.map((segment, index) => (open[index] ? "+" : segment));
				const whole = segments.join("/");
				return (cut === null ? whole : `${whole.slice(0, cut)}*`) as VaultPath;
			}),
		{ minLength: 2, maxLength: 7 },
	),
);
/** One capability each: from the answer one sees which rule has decided. */
const rules = fc
	.tuple(
		fc.oneof(rivals, fc.uniqueArray(path, { minLength: 2, maxLength: 7 })),
		fc.shuffledSubarray(["create", "read", "update", "patch", "delete", "list", "deny"] as const, {
			minLength: 7,
		}),
	)
	.map(([paths, capabilities]) =>
		paths.map((path, index) => ({ path, capabilities: [capabilities[index]] as [Capability] })),
	);
/** Every path of up to five of the segments. */
const paths = [1, 2, 3, 4, 5]
	.reduce<readonly (readonly string[])[]>(
		(shorter) => [[], ...shorter.flatMap((segments) => letters.map((segment) => [...segments, segment]))],
		[[]],
	)
	.flatMap((segments) => (segments.length === 0 ? [] : [segments.join("/")]));

test("the server decides as policies are judged before they reach it", async () => {
	await fc.assert(
		fc.asyncProperty(rules, async (policy) => {
			fc.pre([...policyProblems(policy)].length === 0);
			await server.must("PUT", "sys/policies/acl/judged", { policy: renderPolicy(policy) });
			const { auth } = await server.must("POST", "auth/token/create", {
				policies: ["judged"],
				no_default_policy: true,
				ttl: "1m",
			});
			const answer = await server.must("POST", "sys/capabilities", {
				token: auth.client_token,
				paths,
			});
			for (const one of paths) {
				const judged = capabilitiesAt(policy, one);
				expect([one, answer[one]]).toEqual([one, judged.length === 0 ? ["deny"] : judged]);
			}
		}),
		{ numRuns: 200 },
	);
});

/** Capabilities of a token, as the server and as the review of a change see them. */
async function compare(token: string, asked: readonly string[], review: (path: string) => readonly string[]) {
	const answer = await server.must("POST", "sys/capabilities", { token, paths: [...asked] });
	for (const one of asked) {
		const judged = review(one);
		expect([one, [...answer[one]].sort()]).toEqual([
			one,
			judged.length === 0 ? ["deny"] : [...judged].sort(),
		]);
	}
}

const several = fc.uniqueArray(
	fc.record({
		path,
		capabilities: fc.uniqueArray(fc.constantFrom("create", "read", "update", "patch", "delete", "list"), {
			minLength: 1,
			maxLength: 3,
		}),
		deny: fc.nat(4).map((dice) => dice === 0),
	}),
	{ selector: (rule) => rule.path, minLength: 1, maxLength: 6 },
);

test("the server joins the policies of a token as the review of a change does", async () => {
	await fc.assert(
		fc.asyncProperty(fc.array(several, { minLength: 2, maxLength: 3 }), async (policies) => {
			const written = policies.map((policy) =>
				policy.map(({ path, capabilities, deny }) => ({
					path,
					capabilities: deny ? ["deny"] : capabilities,
				})),
			);
			fc.pre(written.every((policy) => [...policyProblems(policy)].length === 0));
			for (const [index, policy] of written.entries())
				await server.must("PUT", `sys/policies/acl/joined-${index}`, {
					policy: renderPolicy(policy as never),
				});
			const { auth } = await server.must("POST", "auth/token/create", {
				policies: written.map((_, index) => `joined-${index}`),
				no_default_policy: true,
				ttl: "1m",
			});
			const acl = joinPolicies(written, {});
			const samples = written.flat().map(({ path }) => samplePath(path));
			await compare(auth.client_token, [...new Set([...paths, ...samples])], (one) =>
				tokenCapabilities(acl, one),
			);
		}),
		{ numRuns: 100 },
	);
});

test("the server fills in the templates of a policy as the review of a change does", async () => {
	const rules = [
		{ path: "secret/data/{{identity.entity.name}}/*", capabilities: ["read"] },
		{ path: "secret/data/{{identity.entity.metadata.team}}/*", capabilities: ["read"] },
		{ path: "secret/data/shared", capabilities: ["read"] },
	];
	const policy = JSON.stringify({
		path: Object.fromEntries(rules.map(({ path, capabilities }) => [path, { capabilities }])),
	});
	await server.must("PUT", "sys/policies/acl/templated", { policy });
	await server.must("POST", "sys/auth/userpass", { type: "userpass" });
	await server.must("POST", "auth/userpass/users/jane", { password: "of-a-test-only" });
	const { id } = (await server.must("POST", "identity/entity", { name: "alice", policies: ["templated"] }))
		.data;
	const { accessor } = (await server.must("GET", "sys/auth"))["userpass/"];
	await server.must("POST", "identity/entity-alias", {
		name: "jane",
		canonical_id: id,
		mount_accessor: accessor,
	});
	const { auth } = await server.must("POST", "auth/userpass/login/jane", { password: "of-a-test-only" });
	const acl = joinPolicies([rules], { entity: "alice" });
	const asked = ["secret/data/alice/x", "secret/data/bob/x", "secret/data/shared", "secret/data//x"];
	await compare(auth.client_token, asked, (one) => tokenCapabilities(acl, one));
	// What no entity has grants nothing; here it is not known whether it has it, so it is said.
	expect(acl.unknown).toEqual(["secret/data/{{identity.entity.metadata.team}}/*"]);
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type VaultPath, vaultPath } from "../../../constructs/vault/path.ts";
import {
	type Capability,
	type PolicyRule,
	policyProblems,
	renderPolicy,
} from "../../../constructs/vault/policy.ts";
import { readPolicy } from "../../../constructs/vault/read-policy.ts";

const rule = (path: string, ...capabilities: string[]) => ({ path, capabilities });

describe("a path", () => {
	test.for(["*", "+", "a/b", "..", "a..b", ".", "", "-a", 'a"', "a b", "ä", "a\n", "${x}", "a*"])(
		"takes no %j for a name",
		(name) => {
			expect(() => vaultPath`secret/data/${name}`).toThrow("is no name of one path segment");
		},
	);

	const text = fc.stringMatching(/^[\w.*+/" $-]{0,5}$/);

	test("has exactly the segments that its author wrote, whatever is put in", () => {
		fc.assert(
			fc.property(text, text, (first, second) => {
				let path: string;
				try {
					path = vaultPath`secret/data/${first}/${second}/*`;
				} catch {
					return;
				}
				expect(path.split("/")).toEqual(["secret", "data", first, second, "*"]);
				expect(path.slice(0, -1)).not.toMatch(/[^\w./-]/);
			}),
		);
	});
});

describe("a rule", () => {
	test.for<[path: string, capabilities: string[], problem: string]>([
		["kubernetes/creds/*-deployer", ["update"], "a * that is not last"],
		["secret/data/a+b", ["read"], "a + inside a segment"],
		["secret/data/x", ["deny", "read"], "deny overrides read"],
		["secret/data/x", [], "no capability"],
		["secret/data/x", ["write"], "write is none of create, read"],
		["secret/data/x", ["read", "read"], "listed twice"],
		['secret/data/x" {}', ["read"], "expected segments"],
		["secret//x", ["read"], "expected segments"],
		["/secret/x", ["read"], "expected segments"],
		["kubernetes/creds/alice-deployer", ["read"], "credentials are issued by update"],
	])("%s with %j has a problem", ([path, capabilities, problem]) => {
		const problems = [...policyProblems([rule(path, ...capabilities)])];
		expect(problems).toEqual([expect.stringContaining(problem)]);
	});

	test.for<[path: string, capabilities: string[]]>([
		["*", ["sudo", "read"]],
		["secret/data/alice/*", ["create", "patch"]],
		["secret/data/sops-*", ["deny"]],
		["secret/+/alice", ["list"]],
		["kubernetes/creds/alice-deployer", ["read", "update"]],
	])("%s with %j has none", ([path, capabilities]) => {
		expect([...policyProblems([rule(path, ...capabilities)])]).toEqual([]);
	});

	test("may not repeat the path of another", () => {
		expect([...policyProblems([rule("secret/data/x", "read"), rule("secret/data/x", "update")])]).toEqual([
			"secret/data/x has two rules: Vault joins them silently",
		]);
	});
});

const name = fc
	.stringMatching(/^[a-z0-9]([a-z0-9_.-]{0,8}[a-z0-9])?$/)
	.filter((text) => !text.includes(".."));
const capability = fc.constantFrom<Capability>("create", "read", "update", "patch", "delete", "list", "sudo");
const rules = fc.uniqueArray(
	fc.record({
		path: fc
			.tuple(
				fc.array(fc.oneof(name, fc.constant("+")), { minLength: 1, maxLength: 4 }),
				fc.constantFrom("", "/*"),
			)
			.map(([segments, end]) => `${segments.join("/")}${end}` as VaultPath),
		capabilities: fc.oneof(
			fc.constant<[Capability]>(["deny"]),
			fc.uniqueArray(capability, { minLength: 1 }).map((list) => list as [Capability, ...Capability[]]),
		),
		comment: fc.string(),
	}) satisfies fc.Arbitrary<PolicyRule>,
	{ selector: ({ path }) => path },
);

describe("a policy", () => {
	test("is written with its comments, one block per rule", () => {
		const path = vaultPath`secret/data/${"alice"}/*`;
		expect(renderPolicy([{ path, capabilities: ["read", "list"], comment: "her\nown" }])).toBe(
			'# her own\npath "secret/data/alice/*" {\n  capabilities = ["read", "list"]\n}\n',
		);
	});

	test("is read back as it was meant, whatever its comments say", () => {
		fc.assert(
			fc.property(rules, (written) => {
				fc.pre([...policyProblems(written)].length === 0);
				expect(readPolicy(renderPolicy(written))).toEqual(
					written.map(({ path, capabilities }) => ({ path, capabilities })),
				);
			}),
		);
	});

	test("with a problem is not written, and every problem is told", () => {
		const bad = [rule("a*b", "read"), rule("c+", "read")] as unknown as PolicyRule[];
		expect(() => renderPolicy(bad)).toThrow(/a \* that is not last.*\n.*a \+ inside a segment/);
	});

	test.for([
		'path "a" { capabilities = ["read"] ',
		'path "a" { capabilities = ["read" "list"] }',
		'path "a" { policy = "read" }',
		'path "a" { capabilities = ["read"]\n  allowed_parameters = { "x" = [] } }',
		'path "a\\"b" { capabilities = ["read"] }',
		'{"path": {"a": {"capabilities": ["read"]}}}',
	])("in another form is not read by halves: %s", (text) => {
		expect(readPolicy(text)).toBeUndefined();
	});

	test("of the documentation's form is read: comments, long lists, a comma at the end", () => {
		const text =
			'# all\npath "a/*"\n{\n  # some\n  capabilities = [\n    "read",\n    "list",\n  ]\n}\n# end';
		expect(readPolicy(text)).toEqual([rule("a/*", "read", "list")]);
	});
});

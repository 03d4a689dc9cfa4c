import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type VaultPath, vaultPath } from "../../../constructs/vault/path.ts";
import {
	type Capability,
	type PolicyRule,
	policyProblems,
	renderPolicy,
	type WrittenRule,
} from "../../../constructs/vault/policy.ts";
import { readPolicy } from "../../../constructs/vault/read-policy.ts";
import { VaultPolicy } from "../../../constructs/vault/vault-policy.ts";
import { only, synthesise } from "../../synth.ts";

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
	test("is written with its comments, one entry per rule", () => {
		const path = vaultPath`secret/data/${"alice"}/*`;
		expect(JSON.parse(renderPolicy([{ path, capabilities: ["read", "list"], comment: "her own" }]))).toEqual({
			path: { "secret/data/alice/*": { comment: "her own", capabilities: ["read", "list"] } },
		});
	});

	test("is read back as it was meant, whatever its comments say", () => {
		const byPath = (one: WrittenRule, other: WrittenRule) => (one.path < other.path ? -1 : 1);
		fc.assert(
			fc.property(rules, (written) => {
				fc.pre([...policyProblems(written)].length === 0);
				expect([...readPolicy(renderPolicy(written))].sort(byPath)).toEqual(
					written.map(({ path, capabilities }) => ({ path, capabilities })).sort(byPath),
				);
			}),
		);
	});

	test("with a problem is not written, and every problem is told", () => {
		const bad = [rule("a*b", "read"), rule("c+", "read")] as unknown as PolicyRule[];
		expect(() => renderPolicy(bad)).toThrow(/a \* that is not last.*\n.*a \+ inside a segment/);
	});

	test("is no template of Terraform, whatever a comment says", async () => {
		const rules: PolicyRule[] = [
			{ path: vaultPath`secret/data/it`, capabilities: ["read"], comment: "${a} %{b}" },
		];
		const document = await synthesise((stack) => new VaultPolicy(stack, "it", { name: "it", rules }));
		expect(only(document, "vault_policy").arguments.policy).toContain("$${a} %%{b}");
	});

	test.for<[text: string, problem: string]>([
		['path "a" { capabilities = ["read"] }', "(root): is no JSON: unexpected text at line 1, column 1"],
		['{"path": {"a": {"capabilities": ["read"]}}', "(root): is no JSON: expected a closing brace"],
		['{"path": {"a": {"policy": "read"}}}', "path.a.policy: unknown key"],
		['{"path": {"a": {"capabilities": "read"}}}', "path.a.capabilities: expected array"],
		[
			'{"path": {"a": {"capabilities": ["read"], "allowed_parameters": {}}}}',
			"allowed_parameters: unknown key",
		],
		['{"path": [{"a": {"capabilities": ["read"]}}]}', "path: expected record"],
		[
			'{"path": {"a": {"capabilities": ["deny"]}, "a": {"capabilities": ["read"]}}}',
			"path.a: is there a second time",
		],
		['{"path": {}, "path": {}}', "path: is there a second time"],
		['{"name": "a", "path": {}}', "name: unknown key"],
		["{}", "path: missing"],
		["null", "(root): expected object"],
	])("in another form is not read by halves: %s", ([text, problem]) => {
		expect(() => readPolicy(text)).toThrow(problem);
	});
});

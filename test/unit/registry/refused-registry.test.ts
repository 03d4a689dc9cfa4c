import { describe, expect, test } from "vitest";
import { other, owner, problems } from "./entries.ts";

const label = "expected a DNS label of at most 54 lower-case letters, digits and inner dashes (RFC 1123)";
const domain = "expected one DNS label in lower case, without the site's domain (RFC 1123)";
const key =
	"expected 2 to 40 lower-case letters, digits and single inner dashes: the key becomes part of paths in Vault and of names in Kubernetes";
const size = 'expected a size such as "4Gi"';

describe("a registry is refused", () => {
	test.for<[what: string, registry: unknown, expected: string[]]>([
		[
			"text that is no JSON, with the position",
			'{"alice": }',
			["(root): is no JSON: expected a value at line 1, column 11"],
		],
		[
			"text that was cut off",
			'{"alice": {"role',
			["(root): is no JSON: a string without an end at line 1, column 12"],
		],
		[
			"two entries of one user, of which the first would be lost",
			`{"alice": ${JSON.stringify(owner)},\n"bob": {"role": "admin", "email": "b@example.com"},\n"al\\u0069ce": ${JSON.stringify(owner)}}`,
			["alice: is there a second time, at line 3"],
		],
		[
			"a field that an entry has twice",
			`{"alice": {"quota": {"pods": "5",\n"pods": "6"}, ${JSON.stringify(owner).slice(1)}}`,
			["alice.quota.pods: is there a second time, at line 2"],
		],
		[
			"an entry that no checked object can have",
			`{"__proto__": ${JSON.stringify(owner)}}`,
			["__proto__: is no name that anything can have"],
		],
		["a list", [], ["(root): expected record, received array"]],
		[
			"a namespace listed twice",
			{ alice: { ...owner, namespaces: ["aa", "aa"] } },
			["alice.namespaces.1: aa is listed twice"],
		],
		[
			"a namespace of a stack",
			{ alice: { ...owner, namespaces: ["redis"] } },
			[
				"alice.namespaces.0: redis is reserved: it names a stack, whose namespace or state key the owner would get",
			],
		],
		[
			"the namespace ci, whose deployer exists",
			{ alice: { ...owner, namespaces: ["ci"] } },
			[
				"alice.namespaces.0: ci is reserved: it names a stack, whose namespace or state key the owner would get",
			],
		],
		...["com", "kim", "svc", "internal", "xn--p1ai"].map((name): [string, unknown, string[]] => [
			`the namespace ${name}, in which a Service answers for a host`,
			{ alice: { ...owner, namespaces: [name] } },
			[
				`alice.namespaces.0: ${name} is reserved: hosts are called so, and Services of the namespace would answer for x.${name} in every pod`,
			],
		]),
		...["autoconfig", "wpad"].map((name): [string, unknown, string[]] => [
			`the domain ${name}, which clients look up by themselves`,
			{ alice: { ...owner, domains: [name] } },
			[`alice.domains.0: ${name} is reserved: the site serves that name`],
		]),
		[
			"a namespace of Kubernetes",
			{ alice: { ...owner, namespaces: ["kube-system"] } },
			[
				"alice.namespaces.0: kube-system is reserved: the names of Kubernetes' own namespaces and of deployers are taken",
			],
		],
		[
			"a namespace named like a deployer",
			{ alice: { ...owner, namespaces: ["bob-deployer"] } },
			[
				"alice.namespaces.0: bob-deployer is reserved: the names of Kubernetes' own namespaces and of deployers are taken",
			],
		],
		[
			"a namespace whose accounts would be somebody's pipelines",
			{ alice: { ...owner, namespaces: ["woodpecker-pipelines-bob"] } },
			[
				"alice.namespaces.0: woodpecker-pipelines-bob is reserved: an account there would get the rights of somebody's pipelines",
			],
		],
		[
			"one organisation of two users",
			{ alice: { ...owner, ci_org_id: 7 }, bob: { ...other, ci_org_id: 7 } },
			["bob.ci_org_id: 7 already belongs to alice: pipelines of the one would have the rights of the other"],
		],
		[
			"a namespace too long for its deployer",
			{ alice: { ...owner, namespaces: ["n".repeat(55)] } },
			[`alice.namespaces.0: ${label}`],
		],
		[
			"a namespace in upper case",
			{ alice: { ...owner, namespaces: ["Alice"] } },
			[`alice.namespaces.0: ${label}`],
		],
		[
			"an owner without namespaces",
			{ alice: { role: "namespace-owner", email: "a@example.com" } },
			["alice.namespaces: missing: a namespace-owner has at least one namespace"],
		],
		[
			"a full host name as domain",
			{ alice: { ...owner, domains: ["shop.example.org"] } },
			[`alice.domains.0: ${domain}`],
		],
		["the wildcard as domain", { alice: { ...owner, domains: ["*"] } }, [`alice.domains.0: ${domain}`]],
		["the apex as domain", { alice: { ...owner, domains: ["@"] } }, [`alice.domains.0: ${domain}`]],
		[
			"a host of the site",
			{ alice: { ...owner, domains: ["vault"] } },
			["alice.domains.0: vault is reserved: the site serves that name"],
		],
		[
			"one domain of two users",
			{ alice: { ...owner, domains: ["shop"] }, bob: { ...other, domains: ["shop"] } },
			["bob.domains.0: shop already belongs to alice"],
		],
		["an underscore in the key", { a_b: owner }, [`a_b: ${key}`]],
		["wildcards of Vault's policies", { "*": owner, "+": other }, [`*: ${key}`, `+: ${key}`]],
		["a quote in the key", { 'a"b': owner }, [`a"b: ${key}`]],
		["a comma in the key, which would make two administrators", { "a,b": owner }, [`a,b: ${key}`]],
		["an upper-case key", { Alice: owner }, [`Alice: ${key}`]],
		["a key of one letter", { a: owner }, [`a: ${key}`]],
		[
			"a key named like a stack",
			{ vault: owner },
			["vault: vault is reserved: secret/vault and what is named after it belong to the platform"],
		],
		[
			"a key named like an identity",
			{ admin: owner },
			["admin: admin is reserved: secret/admin and what is named after it belong to the platform"],
		],
		[
			"one address of two users, whatever its case",
			{ alice: owner, bob: { ...other, email: "A@example.com" } },
			["bob.email: alice has the same address: each of the two would get the other's rights"],
		],
		[
			"an address that is none",
			{ alice: { ...owner, email: "alice" } },
			["alice.email: expected an address such as a@example.com"],
		],
		[
			"an unknown role",
			{ alice: { ...owner, role: "namespace-onwer" } },
			["alice.role: expected one of admin, power-user, namespace-owner"],
		],
		["an unknown field", { alice: { ...owner, namspaces: [] } }, ["alice.namspaces: unknown key"]],
		[
			"namespaces of a power-user",
			{ alice: { ...owner, role: "power-user" } },
			["alice.namespaces: only a namespace-owner has it; alice is power-user"],
		],
		[
			"domains and limits of an admin",
			{ alice: { role: "admin", email: "a@example.com", domains: [], quota: {} } },
			[
				"alice.domains: only a namespace-owner has it; alice is admin",
				"alice.quota: only a namespace-owner has it; alice is admin",
			],
		],
		[
			"a quota of nothing",
			{ alice: { ...owner, quota: { cpu_requests: "0", memory_limits: "0Gi" } } },
			['alice.quota.cpu_requests: expected CPU such as "2" or "500m"', `alice.quota.memory_limits: ${size}`],
		],
		[
			"more memory requested than allowed",
			{ alice: { ...owner, quota: { memory_requests: "9Gi" } } },
			["alice.quota.memory_requests: 9Gi is more than memory_limits, 8Gi: expected at most that"],
		],
		[
			"too many pods",
			{ alice: { ...owner, quota: { pods: "111" } } },
			["alice.quota.pods: expected a whole number in quotes, 1 to 110"],
		],
		[
			"the removed CPU limit",
			{ alice: { ...owner, quota: { cpu_limits: "4" } } },
			["alice.quota.cpu_limits: unknown key"],
		],
		[
			"two quotas for one namespace",
			{
				alice: { ...owner, quota: { pods: "3" } },
				bob: { ...other, namespaces: ["alice"], quota: { pods: "4" } },
			},
			["bob.quota: alice states other limits for alice, which both have: expected the same, or none"],
		],
	])("for %s", ([, registry, expected]) => {
		expect(problems(registry)).toEqual(expected);
	});

	test("with every problem of every entry at once", () => {
		expect(
			problems({
				alice: { ...owner, role: "admn" },
				bob: { ...other, namespaces: ["vault"], domains: ["*"] },
			}),
		).toHaveLength(3);
	});

	test("with every problem of one entry at once, each told once", () => {
		expect(problems({ a: { ...owner, email: "alice" } })).toHaveLength(2);
		const alice = { role: "namespace-onwer", email: "alice", namespaces: ["vault"], domains: "shop", x: 1 };
		expect(problems({ alice, bob: { ...other, namespaces: [1] } })).toEqual([
			"alice.role: expected one of admin, power-user, namespace-owner",
			"alice.email: expected an address such as a@example.com",
			"alice.domains: expected array, received string",
			"alice.x: unknown key",
			"bob.namespaces.0: expected string, received number",
			"alice.namespaces.0: vault is reserved: it names a stack, whose namespace or state key the owner would get",
		]);
	});
});

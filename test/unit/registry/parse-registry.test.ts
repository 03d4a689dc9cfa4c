import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseRegistry } from "../../../config/registry/parse-registry.ts";
import { ConfigError } from "../../../config/schema/problem.ts";

const owner = { role: "namespace-owner", email: "a@example.com", namespaces: ["alice"] };
const other = { ...owner, email: "b@example.com", namespaces: ["bob"] };

function problems(registry: unknown): string[] {
	try {
		parseRegistry(typeof registry === "string" ? registry : JSON.stringify(registry));
		return [];
	} catch (error) {
		if (!(error instanceof ConfigError)) throw error;
		return error.problems.map(({ path, message }) => `${path}: ${message}`);
	}
}

describe("a registry", () => {
	test("gives no owner a host that the site serves", () => {
		const text = JSON.stringify({ alice: { ...owner, domains: ["board"] } });
		expect(() => parseRegistry(text, "registry", ["board"])).toThrow(ConfigError);
		expect(parseRegistry(text, "registry", ["forum"]).domains).toMatchObject([{ label: "board" }]);
	});

	test("completes what an entry leaves out", () => {
		const { owners, namespaces } = parseRegistry(
			JSON.stringify({ alice: { ...owner, quota: { pods: "3" } } }),
		);
		expect(owners).toEqual([
			{
				key: "alice",
				role: "namespace-owner",
				email: "a@example.com",
				disabled: false,
				ciAdmin: false,
				namespaces: ["alice"],
				domains: [],
				podSecurity: "restricted",
			},
		]);
		expect(namespaces[0]?.quota).toEqual({
			cpuRequests: "2",
			memoryRequests: "4Gi",
			memoryLimits: "8Gi",
			pods: "3",
			storageRequests: "20Gi",
			persistentVolumeClaims: "5",
		});
	});

	test("may be empty: a platform without tenants", () => {
		expect(parseRegistry("{}")).toEqual({
			users: [],
			owners: [],
			disabledOwners: [],
			namespaces: [],
			pairs: [],
			domains: [],
		});
	});

	test("gives a shared namespace one quota, two owners, and the domains of both", () => {
		const shared = { ...owner, namespaces: ["crew"], domains: ["shop"], quota: { pods: "7" } };
		const { namespaces, pairs } = parseRegistry(
			JSON.stringify({
				bob: { ...other, namespaces: ["crew"], domains: ["blog"], pod_security: "baseline" },
				alice: shared,
			}),
		);
		expect(
			namespaces.map(({ name, owners, quota, podSecurity, domains }) => ({
				name,
				owners: owners.map(({ key }) => key),
				pods: quota.pods,
				podSecurity,
				domains,
			})),
		).toEqual([
			{
				name: "crew",
				owners: ["alice", "bob"],
				pods: "7",
				podSecurity: "restricted",
				domains: ["blog", "shop"],
			},
		]);
		expect(pairs).toHaveLength(2);
	});

	test("takes every right from a disabled owner and keeps the namespace", () => {
		const registry = parseRegistry(
			JSON.stringify({ alice: { ...owner, domains: ["shop"], disabled: true } }),
		);
		expect(registry.owners).toEqual([]);
		expect(registry.disabledOwners.map(({ key }) => key)).toEqual(["alice"]);
		expect(registry.pairs).toEqual([]);
		expect(registry.domains).toEqual([]);
		expect(registry.namespaces.map(({ name, domains }) => [name, domains])).toEqual([["alice", []]]);
	});

	test("is the same in whatever order it is written", () => {
		const one = parseRegistry(JSON.stringify({ alice: owner, bob: other }));
		const two = parseRegistry(JSON.stringify({ bob: other, alice: owner }));
		expect(JSON.stringify(one)).toBe(JSON.stringify(two));
	});

	test("cannot be changed", () => {
		const { owners } = parseRegistry(JSON.stringify({ alice: owner }));
		expect(() => Object.assign(owners[0] ?? {}, { key: "x" })).toThrow(TypeError);
	});

	test("keeps addresses in lower case, as the API server compares them", () => {
		expect(
			parseRegistry(JSON.stringify({ alice: { ...owner, email: "A.B@Example.com" } })).users[0]?.email,
		).toBe("a.b@example.com");
	});

	test("has no names that two pairs could share: a-b in c is not a in b-c", () => {
		expect(
			problems({ "a-b": { ...owner, namespaces: ["c-c"] }, aa: { ...other, namespaces: ["b-cc"] } }),
		).toEqual([]);
	});
});

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

describe("a registry that is accepted", () => {
	const names = fc.oneof(
		// Most are well-formed: one that is not has the whole registry refused, and then nothing has been tried.
		{ weight: 20, arbitrary: fc.stringMatching(/^[a-z][a-z0-9]{1,10}(-[a-z0-9]{1,5})?$/) },
		fc.stringMatching(/^[a-z0-9][a-z0-9-]{1,20}[a-z0-9]$/),
		fc.stringMatching(/^[a-z0-9-]{1,60}$/),
		fc.string({ maxLength: 8 }),
		fc.constantFrom("alice", "bob", "ci", "*", "+", "../x", "__proto__", "constructor"),
	);
	const entry = fc.record(
		{
			role: fc.constantFrom("namespace-owner", "namespace-owner", "namespace-owner", "admin", "owner"),
			email: fc.oneof(fc.constantFrom("a@example.com", "b@example.com"), fc.emailAddress()),
			namespaces: fc.array(names, { minLength: 1, maxLength: 2 }),
			domains: fc.array(names, { maxLength: 1 }),
			disabled: fc.boolean(),
		},
		{ requiredKeys: ["role", "email", "namespaces"] },
	);
	const accepted = (text: string) => {
		try {
			return parseRegistry(text);
		} catch (error) {
			if (error instanceof ConfigError) return undefined;
			throw error;
		}
	};

	test("holds nothing that Kubernetes, DNS or a policy of Vault would misread", () => {
		let seen = 0;
		fc.assert(
			fc.property(fc.dictionary(names, entry, { maxKeys: 3 }), (input) => {
				const registry = accepted(JSON.stringify(input));
				if (registry === undefined) return;
				for (const { key } of registry.users) expect(key).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])$/);
				for (const { name } of registry.namespaces) {
					seen++;
					expect(`${name}-deployer`).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
				}
				for (const { label } of registry.domains)
					expect(label).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
				expect(new Set(registry.domains.map(({ label }) => label)).size).toBe(registry.domains.length);
			}),
			{ numRuns: 3000 },
		);
		expect(seen).toBeGreaterThan(200);
	});

	test("is the same to the byte in whatever order its entries and their fields were written", () => {
		const sound = fc.record({
			pods: fc.integer({ min: 1, max: 110 }),
			count: fc.integer({ min: 1, max: 5 }),
		});
		fc.assert(
			fc.property(fc.array(sound, { maxLength: 5 }), (people) => {
				const written = people.map(({ pods, count }, index) => [
					`user${index}`,
					{
						role: "namespace-owner",
						email: `user${index}@example.com`,
						quota: { pods: String(pods) },
						namespaces: Array.from({ length: count }, (_, number) => `user${index}-${number}`),
					},
				]);
				const reversed = written
					.map(([key, fields]) => [key, Object.fromEntries(Object.entries(fields ?? {}).reverse())])
					.reverse();
				const bytes = (list: unknown[][]) =>
					JSON.stringify(parseRegistry(JSON.stringify(Object.fromEntries(list))));
				expect(bytes(reversed)).toBe(bytes(written));
			}),
		);
	});

	test("came from text that no shape of JSON can turn into a crash", () => {
		fc.assert(
			fc.property(
				fc.oneof(
					fc.json(),
					fc.string(),
					fc.jsonValue().map((value) => JSON.stringify({ alice: value })),
				),
				(text) => {
					accepted(text);
				},
			),
			{ numRuns: 2000 },
		);
	});
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Block } from "../../policy/world.ts";
import { holdsOfEveryWorld, said, type Written, worldWith } from "./reach-world.ts";

const policy = (name: string, paths: Readonly<Record<string, readonly string[]>>): Written => [
	"vault_policy",
	name,
	{
		name,
		policy: JSON.stringify({
			path: Object.fromEntries(Object.entries(paths).map(([path, capabilities]) => [path, { capabilities }])),
		}),
	},
];

const login = (namespace: string, account: string, ...policies: readonly string[]): Written => [
	"vault_kubernetes_auth_backend_role",
	`${namespace}-${account}`,
	{
		role_name: `${namespace}-${account}`,
		bound_service_account_namespaces: [namespace],
		bound_service_account_names: [account],
		token_policies: policies.map((name) => `\${vault_policy.${name}.name}`),
	},
];

const alice: readonly Written[] = [
	["vault_identity_entity", "alice", { name: "alice", policies: ["${vault_policy.own.name}"] }],
	[
		"vault_identity_entity_alias",
		"alice",
		{ name: "a@example.com", canonical_id: "${vault_identity_entity.alice.id}", mount_accessor: "accessor" },
	],
];

const gained = (...blocks: readonly Written[]) => said(undefined, worldWith(...blocks)).gained;

describe("a policy of Vault", () => {
	test("opens entries to the pods that log in with it", () => {
		expect(gained(policy("p", { "secret/data/bob": ["read"] }), login("alice", "*", "p"))).toEqual([
			"secrets: pods of namespace alice may read secret/bob",
		]);
		expect(
			gained(policy("p", { "secret/data/bob": ["read", "update"] }), login("alice", "app", "p")),
		).toEqual(["secrets: service account alice/app may read and write secret/bob"]);
	});

	test("of a person is said of the person, and one's own entry is no alarm", () => {
		expect(
			gained(policy("own", { "secret/data/alice/*": ["read"], "secret/data/bob": ["read"] }), ...alice),
		).toEqual(["secrets: user alice may read secret/bob", "own-secrets: user alice may read secret/alice/*"]);
	});

	test("with a template is filled in for who logs in, and is unknown where it cannot be", () => {
		const paths = {
			"secret/data/{{identity.entity.name}}": ["read"],
			"secret/data/{{identity.entity.aliases.auth_kubernetes_1.metadata.service_account_namespace}}": [
				"read",
			],
		};
		expect(gained(policy("own", paths), ...alice)).toEqual([
			"unknown: user alice may use policies of Vault: the template of secret/data/{{identity.entity.aliases.auth_kubernetes_1.metadata.service_account_namespace}} cannot be filled in",
			"own-secrets: user alice may read secret/alice",
		]);
		expect(gained(policy("p", paths), login("shop", "*", "p"))).toEqual([
			"secrets: pods of namespace shop may read secret/shop",
			"unknown: pods of namespace shop may use policies of Vault: the template of secret/data/{{identity.entity.name}} cannot be filled in",
		]);
	});

	test("that denies one entry opens the others", () => {
		const wide = policy("p", { "secret/data/*": ["read"] });
		const narrow = policy("p", { "secret/data/*": ["read"], "secret/data/bob": ["deny"] });
		expect(said(worldWith(narrow, login("eso", "*", "p")), worldWith(wide, login("eso", "*", "p")))).toEqual({
			gained: ["secrets: pods of namespace eso may read secret/bob"],
			lost: [],
		});
	});

	test("for everything is one fact, which contains all others", () => {
		const everything = policy("p", { "*": ["create", "read", "update", "patch", "delete", "list", "sudo"] });
		const one = policy("q", { "secret/data/bob": ["read"] });
		expect(gained(everything, one, login("shop", "*", "p", "q"))).toEqual([
			"cluster: pods of namespace shop may do everything in Vault",
		]);
		expect(
			said(worldWith(everything, login("shop", "*", "p")), worldWith(one, login("shop", "*", "q"))),
		).toEqual({ gained: [], lost: ["pods of namespace shop may no longer do everything in Vault"] });
	});

	test("for all pods of a namespace is wider than for one account of it", () => {
		const one = policy("p", { "secret/data/bob": ["read"] });
		expect(said(worldWith(one, login("shop", "app", "p")), worldWith(one, login("shop", "*", "p")))).toEqual({
			gained: ["secrets: pods of namespace shop may read secret/bob"],
			lost: [],
		});
		expect(said(worldWith(one, login("shop", "*", "p")), worldWith(one, login("shop", "app", "p")))).toEqual({
			gained: [],
			lost: ["pods of namespace shop may no longer read secret/bob"],
		});
	});

	test("that no document has, or is no JSON, is unknown", () => {
		expect(gained(login("shop", "*", "gone"))).toEqual([
			"unknown: pods of namespace shop may use policies of Vault: a part of it is known only to Terraform",
		]);
		const hcl: Written = [
			"vault_policy",
			"p",
			{ name: "p", policy: 'path "secret/*" { capabilities = ["read"] }' },
		];
		expect(gained(hcl, login("shop", "*", "p"))).toEqual([
			expect.stringMatching(/^unknown: pods of namespace shop may use policies of Vault: p: /),
		]);
	});

	test("leads to tokens of the cluster, to databases and to keys", () => {
		const paths = {
			"kubernetes/creds/shop-deployer": ["update"],
			"database/static-creds/pg-forum": ["read"],
			"transit/decrypt/sops-state-shop": ["update"],
			"sys/policies/acl/*": ["update"],
			"sys/health": ["read"],
		};
		expect(gained(policy("p", paths), login("ci", "*", "p"))).toEqual([
			"cluster: pods of namespace ci may update sys/policies/acl/* of Vault",
			"secrets: pods of namespace ci may decrypt with key sops-state-shop",
			"secrets: pods of namespace ci may read the password of database user pg-forum",
			"escalation: pods of namespace ci may get tokens of Vault's role shop-deployer",
			"look: pods of namespace ci may read sys/health of Vault",
		]);
	});
});

describe("a Secret", () => {
	const secret = (key: string): Written => [
		"kubernetes_secret_v1",
		"s",
		{
			metadata: { name: "s", namespace: "shop" },
			data_wo: { a: `\${ephemeral.vault_kv_secret_v2.e.data["${key}"]}` },
		},
	];
	const external = (spec: { [key: string]: Block }): Written => [
		"kubernetes_manifest",
		"e",
		{ manifest: { kind: "ExternalSecret", metadata: { name: "e", namespace: "shop" }, spec } },
	];
	const store = { name: "vault-kv", kind: "ClusterSecretStore" };

	test("from Vault opens the entry, or a key of it, to the pods of its namespace", () => {
		const data = [{ secretKey: "a", remoteRef: { key: "bob", property: "password" } }];
		expect(gained(external({ secretStoreRef: store, data }))).toEqual([
			"secrets: pods of namespace shop may read key password of secret/bob",
		]);
		expect(gained(external({ secretStoreRef: store, dataFrom: [{ extract: { key: "bob" } }] }))).toEqual([
			"secrets: pods of namespace shop may read secret/bob",
		]);
	});

	test("from a search, or from a store that no document has, is unknown", () => {
		expect(gained(external({ secretStoreRef: store, dataFrom: [{ find: { path: "b" } }] }))).toEqual([
			"unknown: pods of namespace shop may read whatever it finds in secret/",
		]);
		const data = [{ secretKey: "a", remoteRef: { key: "bob" } }];
		expect(gained(external({ secretStoreRef: { name: "theirs" }, data }))).toEqual([
			"unknown: pods of namespace shop may read what store theirs gives",
		]);
	});

	test("made by Terraform is no different", () => {
		const world = worldWith(secret("password"));
		const [stack] = world.stacks;
		const entry = {
			mode: "ephemeral" as const,
			type: "vault_kv_secret_v2",
			address: "ephemeral.vault_kv_secret_v2.e",
			path: "first/e",
			stack: "first",
			arguments: { mount: "secret", name: "bob" },
		};
		if (stack === undefined) throw new Error("one stack");
		const withEntry = { ...world, stacks: [{ ...stack, resources: [...stack.resources, entry] }] };
		expect(said(undefined, withEntry).gained).toEqual([
			"secrets: pods of namespace shop may read key password of secret/bob",
		]);
	});
});

const capability = fc.constantFrom("read", "update", "list", "deny");
const paths = fc.dictionary(
	fc.constantFrom("secret/data/bob", "secret/data/*", "secret/data/bob/*", "secret/+/bob", "sys/*"),
	fc.uniqueArray(capability, { minLength: 1, maxLength: 2 }),
	{ minKeys: 1 },
);
const blocks = fc
	.record({ p: paths, q: paths, logins: fc.subarray(["shop", "forum", "ci"], { minLength: 1 }) })
	.map(({ p, q, logins }): readonly Written[] => [
		...logins.map((namespace, index) => login(namespace, "*", ...(index === 0 ? ["p", "q"] : ["q"]))),
		policy("p", p),
		policy("q", q),
	]);

test("facts of Vault follow from the set of blocks, and those of a login go with it", () => {
	holdsOfEveryWorld(blocks);
}, 30_000);

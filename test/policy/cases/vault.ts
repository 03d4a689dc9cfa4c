import { parseSite } from "../../../config/parse-site.ts";
import home from "../../../config/sites/home.ts";
import { readDocument, type World } from "../../../world/world.ts";
import type { Block } from "../world.ts";
import { stackOf, worldOf } from "../world.ts";
import { denied, type RuleCases } from "./rule-cases.ts";

const policyText = (path: string, ...capabilities: string[]) => policyOf({ [path]: capabilities });
const policyOf = (rules: Readonly<Record<string, readonly string[]>>) =>
	JSON.stringify({
		path: Object.fromEntries(Object.entries(rules).map(([path, capabilities]) => [path, { capabilities }])),
	});
const policy = (name: string, text: string) => ({ vault_policy: { name, policy: text } });

const issuing = (fields: Record<string, Block>) =>
	worldOf(stackOf({ vault_kubernetes_secret_backend_role: fields }));

export const issuedTokenConfined: RuleCases = {
	allow: {
		"rights of a Role in one namespace": issuing({
			allowed_kubernetes_namespaces: ["alice"],
			kubernetes_role_type: "Role",
			kubernetes_role_name: "alice-deployer",
		}),
		"a token of an account that exists": issuing({
			allowed_kubernetes_namespaces: ["tools"],
			service_account_name: "tools",
		}),
	},
	deny: {
		"every namespace": denied(
			issuing({ allowed_kubernetes_namespaces: ["*"], service_account_name: "tools" }),
			["allowed_kubernetes_namespaces", 'tokens of the role are valid in ["*"]'],
		),
		"two namespaces": denied(
			issuing({ allowed_kubernetes_namespaces: ["a", "b"], service_account_name: "x" }),
			["allowed_kubernetes_namespaces", "expected one namespace"],
		),
		"whatever carries a label": denied(
			issuing({ allowed_kubernetes_namespace_selector: "{}", service_account_name: "x" }),
			["allowed_kubernetes_namespaces", "whatever a selector finds"],
			["allowed_kubernetes_namespace_selector", "needs rights"],
		),
		"rights of a ClusterRole": denied(
			issuing({
				allowed_kubernetes_namespaces: ["a"],
				kubernetes_role_type: "ClusterRole",
				kubernetes_role_name: "cluster-admin",
			}),
			["kubernetes_role_type", "expected a Role"],
		),
		"rights that Vault makes up": denied(
			issuing({ allowed_kubernetes_namespaces: ["a"], generated_role_rules: "rules: []" }),
			["generated_role_rules", "needs rights that let Vault hand out any other"],
		),
	},
};

const login = (name: string, fields: Record<string, Block>) => ({
	vault_kubernetes_auth_backend_role: {
		role_name: name,
		bound_service_account_names: ["it"],
		bound_service_account_namespaces: ["home"],
		...fields,
	},
});

export const machineLoginPinned: RuleCases = {
	allow: { "one account of one namespace": worldOf(stackOf(login("ci", {}))) },
	deny: {
		"any account of a namespace": denied(
			worldOf(stackOf(login("ci", { bound_service_account_names: ["*"] }))),
			["bound_service_account_names", '["*"]: expected exactly one name'],
		),
		"an account of two namespaces": denied(
			worldOf(stackOf(login("ci", { bound_service_account_namespaces: ["a", "b"] }))),
			["bound_service_account_namespaces", "expected exactly one name"],
		),
	},
};

const day = 24 * 3600;

export const machineTokensStaggered: RuleCases = {
	allow: {
		"lives a day apart": worldOf(
			stackOf(login("a", { token_period: 6 * day })),
			stackOf(login("b", { token_period: 7 * day })),
		),
		"equal lives of tokens that cannot be renewed": worldOf(
			stackOf(login("a", { token_ttl: 900 })),
			stackOf(login("b", { token_ttl: 900 })),
		),
	},
	deny: {
		"equal lives": denied(
			worldOf(stackOf(login("a", { token_period: 7 * day })), stackOf(login("b", { token_period: 7 * day }))),
			["token_period", "tokens of b live 7d, those of a 7d"],
		),
		"lives an hour apart, whatever their order": denied(
			worldOf(
				stackOf(login("a", { token_period: 7 * day })),
				stackOf(login("b", { token_period: 7 * day - 3600 })),
			),
			["token_period", "tokens of a live 7d, those of b 167h"],
		),
	},
};

/** Of a site whose server runs in namespace `vault`. */
const serverWorld = (...resources: Record<string, Record<string, Block>>[]): World => {
	const release = { vault_release: { chart: "vault", namespace: "vault" } };
	return {
		site: parseSite(home),
		stacks: [
			readDocument("first", { resource: { helm_release: release } }),
			...resources.map((one, index) => readDocument(`other-${index}`, stackOf(one))),
		],
	};
};
const reading = (verbs: string[], resourceNames?: string[]) => ({
	rule: [
		{
			api_groups: [""],
			resources: ["secrets"],
			verbs,
			...(resourceNames ? { resource_names: resourceNames } : {}),
		},
	],
});
const role = (namespace: string, rules: Record<string, Block>) => ({
	kubernetes_role_v1: { metadata: { name: "reader", namespace }, ...rules },
});
const clusterRole = (rules: Record<string, Block>) => ({
	kubernetes_cluster_role_v1: { metadata: { name: "reader" }, ...rules },
});
const everywhere = {
	kubernetes_cluster_role_binding_v1: {
		metadata: { name: "reader" },
		role_ref: { kind: "ClusterRole", name: "reader" },
	},
};

export const unsealKeyApart: RuleCases = {
	allow: {
		"a reader of Secrets elsewhere": serverWorld(role("shop", reading(["get"]))),
		"a reader of another Secret beside it": serverWorld(role("vault", reading(["get"], ["vault-tls"]))),
		"a right that is only granted in single namespaces": serverWorld(clusterRole(reading(["list"]))),
		"a maker of Secrets that reads none": serverWorld(clusterRole(reading(["create"])), everywhere),
		"a server outside the cluster": worldOf(stackOf({ ...clusterRole(reading(["get"])), ...everywhere })),
	},
	deny: {
		"a reader beside it": denied(serverWorld(role("vault", reading(["get", "list"]))), [
			"rule[0]",
			"role reader may read vault-unseal-key",
		]),
		"a reader of every Secret": denied(serverWorld(clusterRole(reading(["*"])), everywhere), [
			"rule[0]",
			"cluster_role reader may read vault-unseal-key",
		]),
		"a copy out of Vault": denied(
			serverWorld({
				kubernetes_manifest: {
					manifest: { kind: "ExternalSecret", metadata: { name: "vault-unseal-key", namespace: "vault" } },
				},
			}),
			["manifest.metadata.name", "vault-unseal-key is made by a stack"],
		),
	},
};

const readNow = (name: string) => ({ ephemeral: { vault_kv_secret_v2: { it: { mount: "secret", name } } } });
const readLater = (key: string, store = "vault-kv") =>
	stackOf({
		kubernetes_manifest: {
			manifest: {
				kind: "ExternalSecret",
				metadata: { name: "web" },
				spec: {
					secretStoreRef: { name: store, kind: "ClusterSecretStore" },
					data: [{ secretKey: "it", remoteRef: { key, property: "it" } }],
				},
			},
		},
	});
const pipeline = policy("ci-infra", policyText("secret/data/redis/*", "read"));
const operator = policy(
	"eso-reader",
	policyOf({ "secret/data/*": ["read"], "secret/data/vault/*": ["deny"] }),
);

export const vaultEntryGranted: RuleCases = {
	allow: {
		"an entry below one that the pipeline may read": worldOf({
			...stackOf(pipeline),
			...readNow("redis/tls"),
		}),
		"an entry that the operator may read": worldOf(stackOf(operator), readLater("redis")),
		"a world without policies": worldOf(readNow("redis"), readLater("vault/keys")),
		"an entry in another store": worldOf(stackOf(operator), readLater("vault/keys", "elsewhere")),
	},
	deny: {
		"an entry that the pipeline may not read": denied(
			worldOf({ ...stackOf(pipeline), ...readNow("redis") }),
			["name", "policy ci-infra does not let redis be read"],
		),
		"an entry that is denied to the operator": denied(worldOf(stackOf(operator), readLater("vault/keys")), [
			"manifest.spec.data[0].remoteRef.key",
			"policy eso-reader does not let vault/keys be read",
		]),
	},
};

export const vaultEntryReserved: RuleCases = {
	allow: { "entries of stacks": worldOf(readNow("redis/tls"), readLater("platform")) },
	deny: {
		"an entry that is nobody's yet": denied(
			worldOf(readNow("keys/tls"), readLater("shop")),
			["name", "a tenant could be called keys and would own the entry keys/tls"],
			["manifest.spec.data[0].remoteRef.key", "a tenant could be called shop"],
		),
	},
};

export const vaultPolicySound: RuleCases = {
	allow: {
		"paths with capabilities": worldOf(stackOf(policy("a", policyText("secret/data/*", "read")))),
		"a comment that Terraform must not read": worldOf(
			stackOf(policy("a", '{"path": {"a": {"comment": "$${x}", "capabilities": ["read"]}}}')),
		),
	},
	deny: {
		"a star in the middle": denied(
			worldOf(stackOf(policy("ci", policyText("kubernetes/creds/*-deployer", "update")))),
			["policy", "a * that is not last is a literal star"],
		),
		"a policy in HCL": denied(worldOf(stackOf(policy("a", 'path "a" { capabilities = ["read"] }'))), [
			"policy",
			"(root): is no JSON: unexpected text at line 1, column 1",
		]),
		"more than paths with capabilities": denied(
			worldOf(stackOf(policy("a", '{"path": {"a": {"capabilities": ["read"], "policy": "sudo"}}}'))),
			["policy", "path.a.policy: unknown key"],
		),
		"a path that the text has twice": denied(
			worldOf(
				stackOf(policy("a", '{"path": {"a": {"capabilities": ["deny"]}, "a": {"capabilities": ["read"]}}}')),
			),
			["policy", "path.a: is there a second time"],
		),
		"a text that Terraform puts together": denied(worldOf(stackOf(policy("a", "${local.text}"))), [
			"policy",
			"known only to Terraform",
		]),
		"two mistakes": denied(
			worldOf(stackOf(policy("a", policyText("secret/data/a+", "read", "deny")))),
			["policy", "a + inside a segment"],
			["policy", "deny overrides read"],
		),
	},
};

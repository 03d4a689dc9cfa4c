import { vaultAudience } from "../schema/vault.ts";
import type { Owner } from "./registry.ts";

/** Begins the namespaces of pipelines; no namespace of an owner may. */
export const pipelineNamespacePrefix = "woodpecker-pipelines-";

/**
 * Names that every stack derives from a user or a namespace of the registry
 * (docs/reference/owners.md#what-the-stacks-make).
 */
export const ownerNames = {
	/** Policy over the owner's own secrets and deployers. */
	policy: (user: string) => `namespace-owner-${user}`,
	/** Policy over the state keys of the owner's namespaces. */
	statePolicy: (user: string) => `sops-user-${user}`,
	/** Group at the identity provider that has the state policy too. */
	stateGroup: (user: string) => `sops-${user}`,
	/** Role in the namespace, and role of Vault's engine that issues tokens for it. */
	deployer: (namespace: string) => `${namespace}-deployer`,
	/** Role and policy at Vault of the owner's pipelines. */
	pipelines: (user: string) => `pipelines-${user}`,
	/** Namespace in which the steps of the owner's pipelines run. */
	pipelineNamespace: (user: string) => `${pipelineNamespacePrefix}${user}`,
	/** Release, service account and Secret of the agent that runs the owner's pipelines and nobody else's. */
	agent: (user: string) => `agent-${user}`,
	/** Binding of the owner's rights in each of their namespaces. */
	binding: (user: string) => `namespace-owner-${user}`,
	/** Binding of what every owner sees of the cluster. */
	readOnlyBinding: (user: string) => `oidc-ns-owner-readonly-${user}`,
} as const;

/** Label of every namespace of the registry. */
export const ownedBy = { key: "managed-by", value: "vault-user-onboarding" } as const;

/** Annotations of a namespace of the registry. */
export const tenantAnnotations = {
	/** Keys of its owners, separated by commas. */
	owners: "infra/owners",
	/** Full names that its ingresses may serve, separated by commas; read by the admission policy of host names. */
	allowedHosts: "infra/allowed-hosts",
} as const;

/** Names of the login with which a namespace reads its owner's secrets. */
export const secretsReader = {
	/** Service account that the External Secrets operator logs in as; no pod runs as it. */
	account: "secrets-reader",
	/** Role at Vault, and policy. */
	role: (namespace: string) => `tenant-secrets-${namespace}`,
	/** Audience of the token: the API server does not take it, nor Vault that of a pod. */
	audience: vaultAudience,
} as const;

/** Ids of the constructs that a stack makes for an owner and for a namespace. */
export const constructIds = {
	owner: (key: string) => `owner-${key}`,
	namespace: (name: string) => `namespace-${name}`,
} as const;

/** Ids of all constructs that are made for one owner. */
export function constructIdsOf({ key, namespaces }: Pick<Owner, "key" | "namespaces">): ReadonlySet<string> {
	return new Set([constructIds.owner(key), ...namespaces.map(constructIds.namespace)]);
}

import { ClusterRoleBindingV1 } from "@cdktf/provider-kubernetes/lib/cluster-role-binding-v1/index.js";
import { ClusterRoleV1 } from "@cdktf/provider-kubernetes/lib/cluster-role-v1/index.js";
import { KubernetesSecretBackend } from "@cdktf/provider-vault/lib/kubernetes-secret-backend/index.js";
import { KubernetesSecretBackendRole } from "@cdktf/provider-vault/lib/kubernetes-secret-backend-role/index.js";
import { Construct } from "constructs";
import { ownerNames } from "../../config/registry/owner-names.ts";
import { literal } from "../../world/literal.ts";
import type { ClusterAccess } from "./cluster-access.ts";
import { vaultPath } from "./path.ts";
import type { PolicyRule } from "./policy.ts";

/** Path of the engine; the auth method of the same name lies at `auth/kubernetes`. */
export const tokenEngine = "kubernetes";

/** Prefix of the names of accounts that the engine makes for deployers. */
export const deployerAccountPrefix = "v-";

/**
 * Template for names of the accounts that it makes. The default template begins with the caller's display name, whose
 * `@` the API server refuses when the part before it is short.
 */
const accountName = `${deployerAccountPrefix}{{.RoleName | truncate 30 | lowercase}}-{{unix_time}}-{{random 20 | lowercase}}`;

/** Lifetime of a deployer's token in seconds: half an hour, an hour at most. */
const deployer = { ttl: 1800, max: 3600 };

export interface KubernetesEngineProps {
	readonly access: ClusterAccess;
	/** Names of the Roles that the engine may bind. */
	readonly roles: readonly string[];
}

export interface TokenRoleProps {
	/** Name of the engine's role. */
	readonly name: string;
	/** Name of the Role in the namespace whose rights a token gets. */
	readonly role: string;
	/** The one namespace in which tokens are valid. */
	readonly namespace: string;
}

/** The engine that issues short-lived tokens of service accounts; its own rights are limited to that. */
export class KubernetesEngine extends Construct {
	/** Path of the engine, for roles of its own. */
	readonly path: string;

	constructor(scope: Construct, id: string, { access, roles }: KubernetesEngineProps) {
		super(scope, id);
		const clusterRole = new ClusterRoleV1(this, "cluster-role", {
			metadata: { name: "vault-k8s-engine" },
			rule: [
				{ apiGroups: [""], resources: ["serviceaccounts/token"], verbs: ["create"] },
				{ apiGroups: [""], resources: ["serviceaccounts"], verbs: ["get", "create", "update", "delete"] },
				{
					apiGroups: ["rbac.authorization.k8s.io"],
					resources: ["rolebindings"],
					verbs: ["create", "update", "delete"],
				},
				// A rule without names would cover every Role, cluster-admin included.
				...(roles.length === 0
					? []
					: [
							{
								apiGroups: ["rbac.authorization.k8s.io"],
								resources: ["roles"],
								resourceNames: [...roles],
								verbs: ["bind"],
							},
						]),
			],
		});
		new ClusterRoleBindingV1(this, "cluster-role-binding", {
			metadata: { name: "vault-k8s-engine" },
			roleRef: {
				apiGroup: "rbac.authorization.k8s.io",
				kind: "ClusterRole",
				name: clusterRole.metadata.name,
			},
			subject: [access.subject],
		});
		const { host, outside } = access;
		const backend = new KubernetesSecretBackend(this, "Resource", {
			path: tokenEngine,
			description: "Short-lived tokens of service accounts",
			kubernetesHost: host,
			disableLocalCaJwt: outside !== undefined,
			...(outside
				? {
						kubernetesCaCert: outside.ca,
						serviceAccountJwtWo: outside.token.value,
						serviceAccountJwtWoVersion: outside.token.version,
					}
				: {}),
		});
		this.path = backend.path;
	}

	/**
	 * Adds a role of the engine. Whoever a policy allows to use it gets tokens with the rights of one Role in one
	 * namespace.
	 */
	addTokenRole(scope: Construct, id: string, { name, role, namespace }: TokenRoleProps): void {
		new KubernetesSecretBackendRole(scope, id, {
			backend: this.path,
			name,
			allowedKubernetesNamespaces: [namespace],
			kubernetesRoleType: "Role",
			kubernetesRoleName: role,
			nameTemplate: literal(accountName),
			tokenDefaultTtl: deployer.ttl,
			tokenMaxTtl: deployer.max,
		});
	}
}

/** Rule to request tokens of a namespace's deployer. */
export function deployerRule(namespace: string): PolicyRule {
	return { path: vaultPath`kubernetes/creds/${ownerNames.deployer(namespace)}`, capabilities: ["update"] };
}

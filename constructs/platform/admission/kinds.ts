import type { TenantRule } from "../admission-policy.ts";
import { list } from "./cel.ts";
import { actsEverywhere } from "./requester.ts";

/** A kind that tenants may write, and how many objects of it a namespace may hold. */
export interface TenantKind {
	/** API group; empty for the core group. */
	readonly group: string;
	/** Plural, such as `ingresses`. */
	readonly resource: string;
	/**
	 * Most objects of the kind in a namespace. @default limited by another key of the quota, or by the controller that
	 * keeps them
	 */
	readonly most?: number;
}

/**
 * Every kind that tenants may write. The built-in role `admin` does not define that: add-ons aggregate further rights
 * into it.
 */
export const tenantKinds: readonly TenantKind[] = [
	{ group: "", resource: "pods" },
	{ group: "", resource: "persistentvolumeclaims" },
	{ group: "", resource: "configmaps", most: 100 },
	{ group: "", resource: "secrets", most: 100 },
	{ group: "", resource: "serviceaccounts", most: 100 },
	{ group: "", resource: "services", most: 50 },
	{ group: "", resource: "replicationcontrollers", most: 50 },
	{ group: "apps", resource: "deployments", most: 50 },
	{ group: "apps", resource: "replicasets", most: 600 },
	{ group: "apps", resource: "statefulsets", most: 50 },
	{ group: "apps", resource: "daemonsets", most: 50 },
	{ group: "batch", resource: "jobs", most: 200 },
	{ group: "batch", resource: "cronjobs", most: 50 },
	{ group: "autoscaling", resource: "horizontalpodautoscalers", most: 50 },
	{ group: "policy", resource: "poddisruptionbudgets", most: 50 },
	{ group: "networking.k8s.io", resource: "ingresses", most: 50 },
	{ group: "networking.k8s.io", resource: "networkpolicies", most: 50 },
	{ group: "coordination.k8s.io", resource: "leases", most: 100 },
	{ group: "rbac.authorization.k8s.io", resource: "roles", most: 100 },
	{ group: "rbac.authorization.k8s.io", resource: "rolebindings", most: 100 },
	// Only from a store of the namespace, see tenant-secret-stores; its kind is not built in, so no quota counts it
	// early.
	{ group: "external-secrets.io", resource: "externalsecrets" },
];

/** How many objects a namespace may hold, by key of a quota: each is kept in memory and on the disks of the cluster. */
export const objectCounts: Readonly<Record<string, string>> = Object.fromEntries(
	tenantKinds.flatMap(({ group, resource, most }) =>
		most === undefined ? [] : [[`count/${resource}${group && `.${group}`}`, String(most)]],
	),
);

const kind = "request.resource.group + '/' + request.resource.resource";

export const kindRules: readonly TenantRule[] = [
	{
		name: "tenant-kinds",
		apiVersion: "*/*",
		resources: ["*/*"],
		operations: ["*"],
		validations: [
			{
				expression: `${kind} in ${list(tenantKinds.map(({ group, resource }) => `${group}/${resource}`))} || (${actsEverywhere})`,
				message: `tenants write ${tenantKinds.map(({ resource }) => resource).join(", ")}, and no other kind`,
			},
		],
	},
];

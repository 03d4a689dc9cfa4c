import type { TenantRule } from "../admission-policy.ts";
import { list } from "./cel.ts";
import { actsEverywhere } from "./requester.ts";

/** A kind that tenants may write, and how many objects of it a namespace may hold. */
export interface TenantKind {
	/** API group; empty for the core group. */
	readonly group: string;
	/** Plural, such as `ingresses`. */
	readonly resource: string;
	/** Name of the kind in references, such as `Ingress`. */
	readonly kind: string;
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
	{ group: "", resource: "pods", kind: "Pod" },
	{ group: "", resource: "persistentvolumeclaims", kind: "PersistentVolumeClaim" },
	{ group: "", resource: "configmaps", kind: "ConfigMap", most: 100 },
	{ group: "", resource: "secrets", kind: "Secret", most: 100 },
	{ group: "", resource: "serviceaccounts", kind: "ServiceAccount", most: 100 },
	{ group: "", resource: "services", kind: "Service", most: 50 },
	{ group: "", resource: "replicationcontrollers", kind: "ReplicationController", most: 50 },
	{ group: "apps", resource: "deployments", kind: "Deployment", most: 50 },
	{ group: "apps", resource: "replicasets", kind: "ReplicaSet", most: 600 },
	{ group: "apps", resource: "statefulsets", kind: "StatefulSet", most: 50 },
	{ group: "apps", resource: "daemonsets", kind: "DaemonSet", most: 50 },
	{ group: "batch", resource: "jobs", kind: "Job", most: 200 },
	{ group: "batch", resource: "cronjobs", kind: "CronJob", most: 50 },
	{ group: "autoscaling", resource: "horizontalpodautoscalers", kind: "HorizontalPodAutoscaler", most: 50 },
	{ group: "policy", resource: "poddisruptionbudgets", kind: "PodDisruptionBudget", most: 50 },
	{ group: "networking.k8s.io", resource: "ingresses", kind: "Ingress", most: 50 },
	{ group: "networking.k8s.io", resource: "networkpolicies", kind: "NetworkPolicy", most: 50 },
	{ group: "coordination.k8s.io", resource: "leases", kind: "Lease", most: 100 },
	{ group: "rbac.authorization.k8s.io", resource: "roles", kind: "Role", most: 100 },
	{ group: "rbac.authorization.k8s.io", resource: "rolebindings", kind: "RoleBinding", most: 100 },
	// Only from a store of the namespace, see tenant-secret-stores; its kind is not built in, so no quota counts it
	// early.
	{ group: "external-secrets.io", resource: "externalsecrets", kind: "ExternalSecret" },
];

/** How many objects a namespace may hold, by key of a quota: each is kept in memory and on the disks of the cluster. */
export const objectCounts: Readonly<Record<string, string>> = Object.fromEntries(
	tenantKinds.flatMap(({ group, resource, most }) =>
		most === undefined ? [] : [[`count/${resource}${group && `.${group}`}`, String(most)]],
	),
);

/**
 * Subresources that tenants write. Others carry what controllers and nodes report, such as the address of a Service in
 * its `status`, or assign a pod to a node.
 */
const tenantSubresources = [
	"attach",
	"ephemeralcontainers",
	"eviction",
	"exec",
	"portforward",
	"proxy",
	"resize",
	"scale",
	"token",
];

const kind = "request.resource.group + '/' + request.resource.resource";

/** Whether a kubelet asks: it reports on the pods of its node, in every namespace (NodeRestriction confines it). */
const asNode = "'system:nodes' in request.userInfo.groups";

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
			{
				expression: `!has(request.subResource) || request.subResource in ${list(["", ...tenantSubresources])} || (${actsEverywhere}) || ${asNode}`,
				message: `of the subresources, tenants write ${tenantSubresources.join(", ")}`,
			},
		],
	},
];

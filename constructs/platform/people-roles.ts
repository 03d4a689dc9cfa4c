import { ClusterRoleV1 } from "@cdktf/provider-kubernetes/lib/cluster-role-v1/index.js";
import { Construct } from "constructs";
import type { ApiRule } from "../kubernetes/api-access.ts";
import { siteOf } from "../site.ts";

const look = ["get", "list", "watch"];
const manage = [...look, "create", "update", "patch", "delete"];

const clusterFacts: readonly ApiRule[] = [
	{ resources: ["namespaces", "nodes"], verbs: look },
	{ group: "storage.k8s.io", resources: ["storageclasses"], verbs: look },
	{ group: "networking.k8s.io", resources: ["ingressclasses"], verbs: look },
	{ group: "scheduling.k8s.io", resources: ["priorityclasses"], verbs: look },
];

const workloads: readonly ApiRule[] = [
	{ resources: ["pods", "services", "events"], verbs: look },
	{ group: "apps", resources: ["deployments", "statefulsets", "daemonsets", "replicasets"], verbs: look },
];

/** Names of the cluster roles. */
const roles = {
	/** What owners see of the cluster outside their namespaces. */
	ownerReadOnly: "oidc-namespace-owner-readonly",
	/** What power users see everywhere. */
	powerUser: "oidc-power-user",
	/** What power users manage in the namespaces that the site lists. */
	powerUserWorkloads: "oidc-power-user-workloads",
} as const;

/**
 * Cluster roles of users besides the built-in `cluster-admin` and `admin`.
 *
 * None of them reads Secrets, ConfigMaps or logs in the whole cluster, since all of these may hold credentials. None
 * runs pods in every namespace either: a pod can mount any Secret of its namespace.
 */
export class PeopleRoles extends Construct {
	/** References to the roles' names. */
	readonly names: Readonly<Record<keyof typeof roles, string>>;

	constructor(scope: Construct, id: string) {
		super(scope, id);
		const { ownersSeeWorkloads } = siteOf(this).platform;
		this.names = {
			ownerReadOnly: this.#role(roles.ownerReadOnly, [
				...clusterFacts,
				...(ownersSeeWorkloads ? workloads : []),
			]),
			powerUser: this.#role(roles.powerUser, [
				...clusterFacts,
				...workloads,
				{ resources: ["endpoints", "persistentvolumeclaims"], verbs: look },
				{ group: "batch", resources: ["jobs", "cronjobs"], verbs: look },
				{ group: "networking.k8s.io", resources: ["ingresses", "networkpolicies"], verbs: look },
				{ group: "autoscaling", resources: ["horizontalpodautoscalers"], verbs: look },
				{
					group: "rbac.authorization.k8s.io",
					resources: ["clusterroles", "clusterrolebindings", "roles", "rolebindings"],
					verbs: look,
				},
			]),
			powerUserWorkloads: this.#role(roles.powerUserWorkloads, [
				{ resources: ["pods", "services", "configmaps", "persistentvolumeclaims"], verbs: manage },
				{ resources: ["pods/log"], verbs: look },
				{ resources: ["pods/exec", "pods/portforward"], verbs: ["get", "create"] },
				{
					group: "apps",
					resources: ["deployments", "statefulsets", "daemonsets", "replicasets"],
					verbs: manage,
				},
				{ group: "batch", resources: ["jobs", "cronjobs"], verbs: manage },
				{ group: "networking.k8s.io", resources: ["ingresses"], verbs: manage },
				{ group: "autoscaling", resources: ["horizontalpodautoscalers"], verbs: manage },
			]),
		};
	}

	#role(name: string, rules: readonly ApiRule[]): string {
		return new ClusterRoleV1(this, name, {
			metadata: { name },
			rule: rules.map(({ group = "", resources, verbs }) => ({
				apiGroups: [group],
				resources: [...resources],
				verbs: [...verbs],
			})),
		}).metadata.name;
	}
}

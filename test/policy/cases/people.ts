import { parseSite } from "../../../config/parse-site.ts";
import lab from "../../../config/sites/lab.ts";
import { mergePatch } from "../../merge-patch.ts";
import type { Block } from "../world.ts";
import { stackOf, worldOf } from "../world.ts";
import { denied, type RuleCases } from "./rule-cases.ts";

const quota = (hard: Record<string, string>) => ({
	kubernetes_resource_quota_v1: { metadata: { name: "quota", namespace: "shop" }, spec: { hard } },
});
const limits = (namespace: string) => ({
	kubernetes_limit_range_v1: { metadata: { name: "defaults", namespace } },
});

export const quotaHasDefaults: RuleCases = {
	allow: {
		"a quota beside its defaults": worldOf(stackOf({ ...quota({ "requests.cpu": "2" }), ...limits("shop") })),
		"a quota of things that every pod has": worldOf(stackOf(quota({ pods: "0" }))),
	},
	deny: {
		"a quota whose defaults are elsewhere": denied(
			worldOf(stackOf({ ...quota({ pods: "3", "limits.memory": "8Gi" }), ...limits("other") })),
			["spec.hard", "quota limits limits.memory in shop, which has no LimitRange"],
		),
	},
};

const role = (...resources: string[]) => ({
	kubernetes_cluster_role_v1: {
		metadata: { name: "reader" },
		rule: [{ api_groups: [""], resources, verbs: ["get"] }],
	},
});
const bound = (kind: string, name: string) => ({
	kubernetes_cluster_role_binding_v1: {
		metadata: { name: "readers" },
		role_ref: { kind: "ClusterRole", name: "reader" },
		subject: [{ kind, name } as Block],
	},
});

export const peopleReadNoSecrets: RuleCases = {
	allow: {
		"people who see pods": worldOf(stackOf({ ...role("pods"), ...bound("User", "oidc:a@example.com") })),
		"a machine that reads ConfigMaps": worldOf(
			stackOf({ ...role("configmaps"), ...bound("ServiceAccount", "it") }),
		),
		"a role that nobody has everywhere": worldOf(stackOf(role("secrets"))),
	},
	deny: {
		"people who see ConfigMaps": denied(
			worldOf(stackOf({ ...role("pods", "configmaps"), ...bound("User", "oidc:a@example.com") })),
			["rule[0].resources", "role reader opens configmaps of every namespace"],
		),
		"people and a role of manifests": denied(
			worldOf(
				stackOf({
					kubernetes_manifest: {
						manifest: {
							apiVersion: "rbac.authorization.k8s.io/v1",
							kind: "ClusterRoleBinding",
							metadata: { name: "readers" },
							roleRef: { kind: "ClusterRole", name: "reader" },
							subjects: [{ kind: "User", name: "oidc:a@example.com" }],
						},
					},
				}),
				stackOf({
					kubernetes_manifest: {
						manifest: {
							apiVersion: "rbac.authorization.k8s.io/v1",
							kind: "ClusterRole",
							metadata: { name: "reader" },
							rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["list"] }],
						},
					},
				}),
			),
			["manifest.rule[0].resources", "role reader opens secrets"],
		),
		"people with a role that gathers another": denied(
			worldOf(
				stackOf({
					...bound("Group", "oidc:x"),
					kubernetes_cluster_role_v1: {
						metadata: { name: "reader" },
						aggregation_rule: { cluster_role_selectors: [{ match_labels: { gathered: "yes" } }] },
					},
				}),
				stackOf({
					kubernetes_cluster_role_v1: {
						metadata: { name: "part", labels: { gathered: "yes" } },
						rule: [{ api_groups: [""], resources: ["secrets"], verbs: ["get"] }],
					},
				}),
			),
			["rule[0].resources", "role part opens secrets"],
		),
		"a group that sees everything": denied(worldOf(stackOf({ ...role("*"), ...bound("Group", "oidc:x") })), [
			"rule[0].resources",
			"role reader opens *",
		]),
	},
};

const labelled = (label: string, value = "true") =>
	worldOf(
		stackOf({
			kubernetes_cluster_role_v1: { metadata: { name: "more", labels: { [label]: value } }, rule: [] },
		}),
	);
const aggregate = "rbac.authorization.k8s.io/aggregate-to-";

export const noAggregatedRole: RuleCases = {
	allow: {
		"a role that is bound": labelled("app"),
		"a label that is off": labelled(`${aggregate}admin`, "false"),
		"rights of a controller of an add-on": labelled("rbac.kyverno.io/aggregate-to-background-controller"),
	},
	deny: {
		"rights for every admin": denied(labelled(`${aggregate}admin`), [
			`metadata.labels["${aggregate}admin"]`,
			"role more adds its rules to the built-in role admin",
		]),
		"rights for every viewer, by a manifest": denied(
			worldOf(
				stackOf({
					kubernetes_manifest: {
						manifest: {
							apiVersion: "rbac.authorization.k8s.io/v1",
							kind: "ClusterRole",
							metadata: { name: "more", labels: { [`${aggregate}view`]: "true" } },
							rules: [],
						},
					},
				}),
			),
			[`manifest.metadata.labels["${aggregate}view"]`, "the built-in role view"],
		),
	},
};

export const userPrefixed: RuleCases = {
	allow: {
		"a person behind the prefix": worldOf(stackOf(bound("User", "oidc:a@example.com"))),
		"a service account": worldOf(stackOf(bound("ServiceAccount", "it"))),
	},
	deny: {
		"a bare address": denied(worldOf(stackOf(bound("User", "a@example.com"))), [
			"subject[0].name",
			"User a@example.com lacks the prefix oidc:",
		]),
		"a person in a manifest": denied(
			worldOf(
				stackOf({
					kubernetes_manifest: {
						manifest: {
							kind: "RoleBinding",
							metadata: { name: "readers", namespace: "shop" },
							roleRef: { kind: "ClusterRole", name: "view" },
							subjects: [{ kind: "User", name: "a@example.com" }],
						},
					},
				}),
			),
			["manifest.subject[0].name", "User a@example.com lacks the prefix oidc:"],
		),
		"a group of the cluster": denied(worldOf(stackOf(bound("Group", "system:masters"))), [
			"subject[0].name",
			"Group system:masters lacks the prefix oidc:",
		]),
	},
};

/** Of a site whose power users run pods in `queue`. */
const withPowerUsers = (resources: Record<string, Record<string, Block>>) => ({
	...worldOf(stackOf(resources)),
	site: parseSite(mergePatch(lab, { platform: { powerUserNamespaces: ["queue"] } })),
});
const secretIn = (namespace: string) => ({
	kubernetes_secret_v1: { metadata: { name: "keys", namespace } },
});
const namespaceOf = (level: string) => ({
	kubernetes_namespace_v1: {
		metadata: { name: "queue", labels: { "pod-security.kubernetes.io/enforce": level } },
	},
});
const accountBound = (namespace: string) => ({
	kubernetes_cluster_role_binding_v1: {
		metadata: { name: "readers" },
		role_ref: { kind: "ClusterRole", name: "reader" },
		subject: [{ kind: "ServiceAccount", name: "it", namespace } as Block],
	},
});

export const powerUsersApart: RuleCases = {
	allow: {
		"a namespace of workloads alone": withPowerUsers({
			...namespaceOf("baseline"),
			...secretIn("other"),
			...accountBound("other"),
		}),
		"keys where no power user is": worldOf(stackOf({ ...secretIn("queue"), ...namespaceOf("privileged") })),
	},
	deny: {
		"a namespace with a Secret": denied(withPowerUsers(secretIn("queue")), [
			"metadata",
			"power users run pods in queue, which holds the Secret keys",
		]),
		"a namespace with a Secret of Vault": denied(
			withPowerUsers({
				kubernetes_manifest: {
					manifest: { kind: "ExternalSecret", metadata: { name: "keys", namespace: "queue" } },
				},
			}),
			["manifest.metadata", "power users run pods in queue, which holds the Secret keys"],
		),
		"a namespace of privileged pods": denied(withPowerUsers(namespaceOf("privileged")), [
			"metadata",
			"power users run pods in queue, where pods may be privileged",
		]),
		"a namespace of an account with rights": denied(withPowerUsers(accountBound("queue")), [
			"subject[0]",
			"a service account of queue, where power users run pods",
		]),
	},
};

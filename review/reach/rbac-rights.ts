import type { Risk } from "./fact.ts";

/** A right of the Kubernetes API that means more than its words: what it lets one do, and how bad it is. */
export interface NamedRight {
	readonly group: string;
	readonly resources: readonly string[];
	readonly verbs: readonly string[];
	/** Bare infinitive. */
	readonly verb: string;
	/** What the verb is said of, before the place; empty when it is said of the place itself. */
	readonly object: string;
	readonly risk: Extract<Risk, "secrets" | "escalation">;
}

const rbac = "rbac.authorization.k8s.io";
const write = ["create", "update", "patch"];
const right = (
	group: string,
	resources: string,
	verbs: readonly string[],
	verb: string,
	object = "",
	risk: NamedRight["risk"] = "escalation",
): NamedRight => ({ group, resources: resources.split(" "), verbs, verb, object, risk });

/** Resources outside of all namespaces: a RoleBinding grants nothing of them. */
export const outsideNamespaces: ReadonlySet<string> = new Set([
	..."certificatesigningrequests/approval nodes/proxy persistentvolumes users groups uids userextras".split(
		" ",
	),
	..."mutatingwebhookconfigurations validatingwebhookconfigurations".split(" "),
	..."validatingadmissionpolicies validatingadmissionpolicybindings".split(" "),
	..."mutatingadmissionpolicies mutatingadmissionpolicybindings".split(" "),
	"clustersecretstores",
	"clusterexternalsecrets",
]);

/**
 * Rights that lead to more rights (Kubernetes documentation, "Role Based Access Control Good Practices", privilege
 * escalation risks).
 */
export const namedRights: readonly NamedRight[] = [
	right("", "secrets", ["get", "list", "watch"], "read", "Secrets of", "secrets"),
	right("", "secrets", [...write, "delete", "deletecollection"], "change", "Secrets of"),
	right("", "pods replicationcontrollers", write, "run pods in"),
	right("apps", "deployments statefulsets daemonsets replicasets", write, "run pods in"),
	right("batch", "jobs cronjobs", write, "run pods in"),
	right("", "pods/ephemeralcontainers", ["update", "patch"], "open a shell in", "pods of"),
	right("", "pods/exec pods/attach", ["create", "get"], "open a shell in", "pods of"),
	right("", "pods/portforward pods/proxy services/proxy", ["create", "get"], "connect to", "pods of"),
	right("", "pods/log", ["get"], "read", "logs of"),
	right("", "serviceaccounts/token", ["create"], "get tokens of", "service accounts of"),
	right("", "serviceaccounts", ["impersonate"], "impersonate", "service accounts of"),
	right("", "users groups", ["impersonate"], "impersonate", "users and groups of"),
	right("authentication.k8s.io", "uids userextras", ["impersonate"], "impersonate", "users and groups of"),
	right(rbac, "roles clusterroles", ["bind"], "bind", "roles in"),
	right(rbac, "roles clusterroles", ["escalate"], "write roles beyond its own rights in"),
	right(rbac, "rolebindings clusterrolebindings", write, "pass on its rights in"),
	right("", "nodes/proxy", ["get", "create"], "open a shell in", "every pod through the kubelets of"),
	right(
		"certificates.k8s.io",
		"certificatesigningrequests/approval",
		["update", "patch"],
		"approve",
		"client certificates of",
	),
	right(
		"admissionregistration.k8s.io",
		"mutatingwebhookconfigurations validatingwebhookconfigurations validatingadmissionpolicies validatingadmissionpolicybindings mutatingadmissionpolicies mutatingadmissionpolicybindings",
		[...write, "delete", "deletecollection"],
		"change",
		"the admission of",
	),
	right("", "persistentvolumes", ["create", "update", "patch"], "mount", "directories of the nodes of"),
	right("", "namespaces", ["update", "patch"], "change", "labels, and so the admission, of"),
	right(
		"external-secrets.io",
		"externalsecrets secretstores clustersecretstores clusterexternalsecrets pushsecrets",
		write,
		"fetch",
		"secrets through External Secrets into",
		"secrets",
	),
	right(
		"networking.k8s.io",
		"networkpolicies",
		[...write, "delete", "deletecollection"],
		"change",
		"network policies of",
	),
	right("networking.k8s.io", "ingresses", write, "publish", "hosts from"),
];

import type { LabelSelector } from "../../world/label-selector.ts";
import type { RbacRule } from "../../world/rbac.ts";

const look = ["get", "list", "watch"];
const change = ["create", "delete", "deletecollection", "patch", "update"];

/** Rules of one kind of access; a group maps to its resources. */
function rules(verbs: readonly string[], groups: Readonly<Record<string, string>>): readonly RbacRule[] {
	return Object.entries(groups).map(([group, resources]) => ({
		verbs,
		apiGroups: [group],
		resources: resources.split(" "),
		resourceNames: [],
		nonResourceURLs: [],
	}));
}

const seen = {
	"": "configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status namespaces",
	"discovery.k8s.io": "endpointslices",
	apps: "controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status",
	autoscaling: "horizontalpodautoscalers horizontalpodautoscalers/status",
	batch: "cronjobs cronjobs/status jobs jobs/status",
	extensions:
		"daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status networkpolicies replicasets replicasets/scale replicasets/status replicationcontrollers/scale",
	policy: "poddisruptionbudgets poddisruptionbudgets/status",
	"networking.k8s.io": "ingresses ingresses/status networkpolicies",
	"resource.k8s.io": "resourceclaims resourceclaims/status resourceclaimtemplates",
};

const managed = {
	"": "pods pods/attach pods/exec pods/portforward pods/proxy configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy",
	apps: "daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale",
	autoscaling: "horizontalpodautoscalers",
	batch: "cronjobs jobs",
	extensions:
		"daemonsets deployments deployments/rollback deployments/scale ingresses networkpolicies replicasets replicasets/scale replicationcontrollers/scale",
	policy: "poddisruptionbudgets",
	"networking.k8s.io": "ingresses networkpolicies",
	"coordination.k8s.io": "leases",
	"resource.k8s.io": "resourceclaims resourceclaimtemplates",
};

/** A ClusterRole that every API server has. */
export interface BuiltInRole {
	readonly rules: readonly RbacRule[];
	/** Label by which other roles become part of it. */
	readonly aggregates: readonly LabelSelector[];
	/** Built-in roles that are part of it. */
	readonly contains: readonly string[];
}

const aggregating = (name: string): readonly LabelSelector[] => [
	{ labels: { [`rbac.authorization.k8s.io/aggregate-to-${name}`]: "true" }, expressions: [] },
];

/**
 * The roles for people of Kubernetes 1.34 (documentation, "Using RBAC Authorization", user-facing roles). A test
 * compares them with the API server's own.
 */
export const builtInRoles: Readonly<Partial<Record<string, BuiltInRole>>> = {
	"cluster-admin": {
		rules: [
			...rules(["*"], { "*": "*" }),
			{ verbs: ["*"], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: ["*"] },
		],
		aggregates: [],
		contains: [],
	},
	view: { rules: rules(look, seen), aggregates: aggregating("view"), contains: [] },
	edit: {
		rules: [
			...rules(look, {
				"": "pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy",
				"coordination.k8s.io": "leases",
			}),
			...rules(change, managed),
			...rules(["create"], { "": "pods/eviction serviceaccounts/token" }),
			...rules(["impersonate"], { "": "serviceaccounts" }),
		],
		aggregates: aggregating("edit"),
		contains: ["view"],
	},
	admin: {
		rules: [
			...rules([...look, ...change], { "rbac.authorization.k8s.io": "rolebindings roles" }),
			...rules(["create"], { "authorization.k8s.io": "localsubjectaccessreviews" }),
		],
		aggregates: aggregating("admin"),
		contains: ["edit"],
	},
};

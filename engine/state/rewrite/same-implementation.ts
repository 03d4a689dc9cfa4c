/** Types of the kubernetes provider that have `_v1` behind their name in the pair that is one implementation. */
const suffixed = [
	"api_service",
	"cluster_role",
	"cluster_role_binding",
	"config_map",
	"default_service_account",
	"deployment",
	"endpoints",
	"ingress_class",
	"job",
	"limit_range",
	"namespace",
	"network_policy",
	"persistent_volume",
	"persistent_volume_claim",
	"pod",
	"priority_class",
	"replication_controller",
	"resource_quota",
	"role",
	"role_binding",
	"secret",
	"service",
	"service_account",
	"stateful_set",
	"storage_class",
];

/**
 * Pairs of types that the kubernetes provider registers with one function (`kubernetes/provider.go`, 2.38 to 3.2), the
 * unversioned name first: a state of one is a state of the other, and no command of Terraform moves between them. Types
 * that only look alike talk to another version of the API: `cron_job`, `csi_driver`, `horizontal_pod_autoscaler`,
 * `ingress`, `pod_disruption_budget`, `certificate_signing_request` and those of webhooks.
 */
export const typePairs: readonly (readonly [unversioned: string, versioned: string])[] = [
	...suffixed.map((kind) => [`kubernetes_${kind}`, `kubernetes_${kind}_v1`] as const),
	["kubernetes_daemonset", "kubernetes_daemon_set_v1"],
];

/** The other name of a type; undefined when it has none. */
export function otherTypeName(type: string): string | undefined {
	const pair = typePairs.find((names) => names.includes(type));
	return pair?.find((name) => name !== type);
}

/** Whether what the state has of one type is right for the other one. */
export const isSameImplementation = (one: string, other: string) =>
	one === other || otherTypeName(one) === other;

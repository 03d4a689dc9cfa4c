import { statefulTypes } from "../../world/stateful-types.ts";
import type { PlannedChange } from "./plan-summary.ts";

/**
 * Types whose objects can be recreated from the code without loss. Deleting any other object needs a confirmation: a
 * type that is not listed has not been judged harmless.
 */
const replaceable = new Set([
	"kubernetes_annotations",
	"kubernetes_config_map",
	"kubernetes_config_map_v1",
	"kubernetes_cron_job",
	"kubernetes_cron_job_v1",
	"kubernetes_daemon_set_v1",
	"kubernetes_daemonset",
	"kubernetes_deployment",
	"kubernetes_deployment_v1",
	"kubernetes_horizontal_pod_autoscaler_v2",
	"kubernetes_ingress_v1",
	"kubernetes_job",
	"kubernetes_job_v1",
	"kubernetes_labels",
	"kubernetes_limit_range",
	"kubernetes_limit_range_v1",
	"kubernetes_pod_disruption_budget_v1",
	"kubernetes_priority_class",
	"kubernetes_priority_class_v1",
	"kubernetes_resource_quota",
	"kubernetes_resource_quota_v1",
	"kubernetes_service",
	"kubernetes_service_account",
	"kubernetes_service_account_v1",
	"kubernetes_service_v1",
	"kubernetes_storage_class",
	"kubernetes_storage_class_v1",
	"proxmox_download_file",
	"proxmox_virtual_environment_file",
	"terraform_data",
]);

const everythingInside = "everything inside is deleted with it";

/**
 * What is lost with an object that holds data, by type. A namespace always counts, since a plan does not show what is
 * in it.
 */
export const lossOfData: Readonly<Record<string, string>> = {
	...statefulTypes,
	kubernetes_namespace: everythingInside,
	kubernetes_namespace_v1: everythingInside,
};

const secret = "what only it holds is lost, and what reads it stops";
const login = "whoever logs in by it no longer can";
const rights = "who has rights by it has none";
const guard = "what it keeps out gets in";

/** What is lost with other objects, by prefix of their type: the first that matches. */
const lossesByPrefix: readonly (readonly [prefix: string, loss: string])[] = [
	["cloudflare_dns_record", "its name no longer resolves, and resolvers remember that"],
	["cloudflare_zero_trust_tunnel", "what is reached through it no longer is"],
	["cloudflare_zone_setting", guard],
	["helm_release", "what it installed is removed, Secrets and volumes of its own among it"],
	["kubernetes_network_policy", guard],
	["kubernetes_role", rights],
	["kubernetes_cluster_role", rights],
	["kubernetes_secret", secret],
	["random_", secret],
	["tls_", secret],
	["vault_audit", "nothing is recorded any more, and what logs in may be refused"],
	["vault_database_secret", "the credentials that it made are revoked"],
	["vault_identity", login],
	["vault_kubernetes_secret", "the credentials that it made are revoked"],
	["vault_kv_secret_backend_v2", "entries keep as many versions as Vault's default says"],
	["vault_policy", rights],
	["vault_quota", guard],
	["vault_raft_autopilot", "servers that are gone count for the majority for ever"],
	["vault_", login],
];

/** The same for objects that are written as manifests, by kind. */
const lossesByKind: Readonly<Record<string, string>> = {
	ExternalSecret: "the Secret that it makes is deleted with it",
	ClusterPolicy: guard,
	Policy: guard,
	ValidatingAdmissionPolicy: guard,
	ValidatingAdmissionPolicyBinding: guard,
};

/** What is lost with an object; undefined if it can be recreated. */
export function lossOf({ type, kind }: Pick<PlannedChange, "type" | "kind">): string | undefined {
	if (Object.hasOwn(lossOfData, type)) return lossOfData[type];
	if (kind !== undefined && Object.hasOwn(lossesByKind, kind)) return lossesByKind[kind];
	if (replaceable.has(type)) return undefined;
	const [, loss] = lossesByPrefix.find(([prefix]) => type.startsWith(prefix)) ?? [];
	return loss ?? "it is not known what is lost with one of its type";
}

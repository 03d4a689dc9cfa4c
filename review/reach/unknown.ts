import { createHash } from "node:crypto";
import { block, blocks, plain } from "../../world/blocks.ts";
import { kubernetesObjects } from "../../world/kubernetes-objects.ts";
import type { Json, Resource, World } from "../../world/world.ts";
import { canonical } from "../record.ts";
import { chartValues, ciPrefix } from "./ci.ts";
import type { Fact } from "./fact.ts";

/** Types of resources that grant nothing, or whose facts another file computes; of any other it is not known. */
const understood = new Set(
	[
		"cloudflare_dns_record cloudflare_zero_trust_tunnel_cloudflared_config cloudflare_zone_setting",
		"helm_release kubernetes_manifest",
		"proxmox_download_file proxmox_virtual_environment_file proxmox_virtual_environment_vm",
		"vault_audit vault_auth_backend vault_mount vault_policy",
		"vault_database_secret_backend_connection vault_database_secret_backend_static_role",
		"vault_identity_entity vault_identity_entity_alias vault_identity_group vault_identity_group_alias",
		"vault_jwt_auth_backend vault_jwt_auth_backend_role",
		"vault_kubernetes_auth_backend_config vault_kubernetes_auth_backend_role",
		"vault_kubernetes_secret_backend vault_kubernetes_secret_backend_role",
		"vault_kv_secret_backend_v2 vault_quota_rate_limit vault_raft_autopilot vault_transit_secret_backend_key",
	].flatMap((line) => line.split(" ")),
);

/** Kinds of Kubernetes objects of which the same is true. */
const understoodKinds = new Set(
	[
		"cluster_role cluster_role_binding role role_binding service_account secret config_map namespace",
		"cron_job daemon_set deployment job pod pod_template replica_set replication_controller stateful_set",
		"ingress network_policy service persistent_volume persistent_volume_claim storage_class",
		"limit_range resource_quota priority_class pod_disruption_budget",
		"external_secret secret_store cluster_policy cluster_cleanup_policy",
		"validating_admission_policy validating_admission_policy_binding",
	].flatMap((line) => line.split(" ")),
);

/** Patches of labels and annotations that grant nothing, and the kind of their objects: no policy selects by them. */
const harmlessPatches: Readonly<Record<string, string>> = {
	kubernetes_labels: "Node",
	kubernetes_annotations: "PersistentVolumeClaim",
};

/** What cannot be computed: templates of charts, expressions of policies, and kinds that nothing here understands. */
export function* unknownFacts(world: World): Iterable<Fact> {
	const { all, resolve } = kubernetesObjects(world);
	for (const resource of world.stacks.flatMap(({ resources }) => resources)) {
		const { mode, type, stack, arguments: given } = resource;
		if (mode !== "resource") continue;
		if (type === "helm_release") {
			const name = `${resolve(stack, given.namespace) ?? "default"}/${resolve(stack, given.name) ?? resource.address}`;
			const values = chartValues(resource).map(withoutCiSettings);
			yield unknown(
				resource,
				`chart ${plain(given.chart) ?? "(known to Terraform)"} of release ${name}`,
				"grant",
				"what its templates say",
				[
					given.version ?? null,
					given.set ?? null,
					// Values that are no JSON are compared as they are written.
					values.length > 0 ? values : (given.values ?? null),
				],
			);
		} else if (type.startsWith("kubernetes_")) {
			if (harmlessPatches[type] === given.kind) continue;
			if (!all.some((object) => object.resource === resource))
				yield unknown(resource, `block ${resource.path}`, "change", `objects as ${type} says`, given as Json);
		} else if (!understood.has(type))
			yield unknown(resource, `block ${resource.path}`, "grant", `what ${type} grants`, given as Json);
	}
	for (const { kind, namespace, name, resource } of all) {
		const { spec } = block(resource.arguments.manifest);
		if (kind === "validating_admission_policy")
			yield unknown(resource, `policy ${name} of the API server`, "allow", "what its expressions say", spec);
		else if (kind === "cluster_policy")
			yield unknown(resource, `policy ${name}`, "allow", "what its patterns say", withoutExemptions(spec));
		else if (kind === "middleware" && Object.keys(block(spec)).join() === "headers") continue;
		else if (!understoodKinds.has(kind))
			yield unknown(resource, `object ${kind} ${namespace}/${name}`, "grant", "what its kind grants", spec);
	}
}

function unknown(
	resource: Resource,
	subject: string,
	verb: string,
	object: string,
	content: Json | undefined,
): Fact {
	// Another content is another unknown.
	const detail = createHash("sha256")
		.update(canonical(content) ?? "")
		.digest("hex");
	return { subject, verb, object, detail, risk: "unknown", grants: [resource] };
}

/** Those settings are read. */
function withoutCiSettings(value: Json): Json {
	if (Array.isArray(value)) return value.map(withoutCiSettings);
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(
		Object.entries(value).flatMap(([key, item]) =>
			key.startsWith(ciPrefix) || item === undefined ? [] : [[key, withoutCiSettings(item)]],
		),
	);
}

/** Exemptions are read. */
function withoutExemptions(spec: Json | undefined): Json {
	return blocks(block(spec).rules, "").map(({ block: { exclude: _, ...rule } }) => rule as Json);
}

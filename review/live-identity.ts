import { VisibleError } from "../config/schema/visible-error.ts";
import { type Block, block, plain } from "../world/blocks.ts";
import { vaultPlace } from "../world/vault-places.ts";
import type { Json } from "../world/world.ts";
import { kubernetesChange } from "./kubernetes/kubernetes-change.ts";
import type { PlannedChange } from "./plan/plan-summary.ts";

/** Arguments that tell an object apart from others of its type; those of parts of another thing name that thing. */
const identities: Readonly<Record<string, readonly string[]>> = {
	cloudflare_dns_record: ["zone_id", "type", "name", "content"],
	cloudflare_zero_trust_tunnel_cloudflared_config: ["account_id", "tunnel_id"],
	cloudflare_zone_setting: ["zone_id", "setting_id"],
	helm_release: ["namespace", "name"],
	kubernetes_annotations: ["api_version", "kind", "metadata.namespace", "metadata.name"],
	kubernetes_labels: ["api_version", "kind", "metadata.namespace", "metadata.name"],
	proxmox_download_file: ["node_name", "datastore_id", "file_name"],
	proxmox_virtual_environment_file: ["node_name", "datastore_id", "content_type", "source_raw.file_name"],
	proxmox_virtual_environment_vm: ["node_name", "vm_id"],
	vault_identity_entity_alias: ["mount_accessor", "name"],
	vault_identity_group_alias: ["mount_accessor", "name"],
	vault_kubernetes_auth_backend_config: ["backend"],
	vault_kv_secret_backend_v2: ["mount"],
	// There is one.
	vault_raft_autopilot: [],
};

/** Arguments that may be left out: the object then has none. */
const optional = ["namespace", "metadata.namespace"];

/**
 * What an object is outside of Terraform, whatever its address: kind, namespace and name, path in Vault, record, number.
 *
 * @param side before the change or after it
 * @returns undefined when it is not known yet, or there is no object on that side
 */
export function liveIdentity(change: PlannedChange, side: "before" | "after"): string | undefined {
	const value = change.values?.[side];
	if (typeof value !== "object" || value === null) return undefined;
	const given = block(value as Json);
	const names = identities[change.type];
	if (names !== undefined) return joined(change.type, names, given);
	if (change.type.startsWith("kubernetes_")) return ofKubernetes(change, side);
	return change.type.startsWith("vault_") ? ofVault(change.type, given) : undefined;
}

/** Types whose objects are told apart here; all others of a provider in use are named by a test. */
export const isIdentified = (type: string): boolean => {
	if (Object.hasOwn(identities, type) || type.startsWith("kubernetes_")) return true;
	return type.startsWith("vault_") && ofVault(type, anything) !== undefined;
};

/** Has every argument. */
const anything = new Proxy<Block>({}, { get: () => "x", has: () => true });

function joined(type: string, names: readonly string[], given: Block): string | undefined {
	const parts = names.map((name) => {
		const [outer = "", inner] = name.split(".");
		const part = plain(inner === undefined ? given[outer] : block(given[outer])[inner]);
		return part ?? (optional.includes(name) ? "" : undefined);
	});
	return parts.includes(undefined) ? undefined : `${type} ${parts.join(" ")}`;
}

function ofKubernetes(change: PlannedChange, side: "before" | "after"): string | undefined {
	// One side alone: names are read from what is there after the change, where it is.
	const { values } = change;
	const none = null;
	const alone = { ...change, values: { before: none, after: none, [side]: values?.[side] } };
	const object = kubernetesChange(alone);
	return object === undefined || object.name === ""
		? undefined
		: `${object.kind} ${object.namespace}/${object.name}`;
}

function ofVault(type: string, given: Block): string | undefined {
	try {
		return vaultPlace(type, (argument, otherwise) => {
			const value = plain(given[argument]) ?? otherwise;
			if (value === undefined) throw new VisibleError(`${argument} is not known yet`);
			return value.replace(/^\/+|\/+$/g, "");
		});
	} catch (error) {
		if (error instanceof VisibleError) return undefined;
		throw error;
	}
}

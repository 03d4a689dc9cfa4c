import { VisibleError } from "../config/schema/visible-error.ts";
import { type Block, block, plain } from "./blocks.ts";
import { kindOf } from "./kubernetes-objects.ts";
import { vaultPlace } from "./vault-places.ts";
import type { Json } from "./world.ts";

/** Text of an argument by its path, such as `metadata.name`. @throws VisibleError when nobody knows it yet */
export type ReadArgument = (path: string, otherwise?: string) => string;

/** How an object that exists is named to a provider's importer. */
export type ImportId =
	| { readonly id: string }
	/** The server has chosen it: `of` is what is asked for. */
	| { readonly lookUp: ImportLookUp }
	/** The provider cannot import the type, and why that does no harm. */
	| { readonly none: string };

export type ImportLookUp =
	| { readonly at: "vault"; readonly place: string }
	| { readonly at: "vault-alias"; readonly of: "entity" | "group"; readonly name: string }
	| { readonly at: "zone"; readonly name: string; readonly type: string; readonly content: string };

const namespacedKinds: ReadonlySet<string> = new Set([
	"config_map",
	"cron_job",
	"daemon_set",
	"deployment",
	"ingress",
	"job",
	"limit_range",
	"network_policy",
	"persistent_volume_claim",
	"pod_disruption_budget",
	"resource_quota",
	"role",
	"role_binding",
	"secret",
	"service",
	"service_account",
	"stateful_set",
]);
const clusterKinds: ReadonlySet<string> = new Set([
	"cluster_role",
	"cluster_role_binding",
	"ingress_class",
	"namespace",
	"persistent_volume",
	"priority_class",
	"storage_class",
]);

/** What the API server calls a thing of Vault, before the name that its importer takes (provider's documentation). */
const systemPlace = /^sys\/(?:audit|auth|mounts|policies\/acl|quotas\/rate-limit)\//;

/** The rules of the other types, each from the provider's documentation or its importer. */
const rules: Readonly<Record<string, (read: ReadArgument) => ImportId>> = {
	cloudflare_dns_record: (read) => ({
		lookUp: { at: "zone", name: read("name"), type: read("type"), content: recordContent(read) },
	}),
	cloudflare_zero_trust_tunnel_cloudflared_config: (read) => ({
		id: `${read("account_id")}/${read("tunnel_id")}`,
	}),
	cloudflare_zone_setting: (read) => ({ id: `${read("zone_id")}/${read("setting_id")}` }),
	helm_release: (read) => ({ id: `${read("namespace", "default")}/${read("name")}` }),
	terraform_data: () => ({ none: "it is a note of this state, and of nothing outside of it" }),
	kubernetes_annotations: () => ({
		none: "it writes single annotations into an object of another owner, which may have them already",
	}),
	kubernetes_labels: () => ({
		none: "it writes single labels into an object of another owner, which may have them already",
	}),
	kubernetes_manifest: (read) => {
		const namespace = read("manifest.metadata.namespace", "");
		return {
			id: [
				`apiVersion=${read("manifest.apiVersion")}`,
				`kind=${read("manifest.kind")}`,
				...(namespace === "" ? [] : [`namespace=${namespace}`]),
				`name=${read("manifest.metadata.name")}`,
			].join(","),
		};
	},
	proxmox_download_file: (read) => ({ id: fileOf(read, read("file_name")) }),
	proxmox_virtual_environment_file: (read) => ({ id: fileOf(read, read("source_raw.file_name")) }),
	proxmox_virtual_environment_vm: (read) => ({ id: `${read("node_name")}/${read("vm_id")}` }),
	vault_identity_entity_alias: (read) => alias("entity", read),
	vault_identity_group_alias: (read) => alias("group", read),
	vault_kubernetes_auth_backend_config: (read) => ({
		id: `auth/${trimmed(read("backend", "kubernetes"))}/config`,
	}),
	vault_kv_secret_backend_v2: (read) => ({ id: `${trimmed(read("mount"))}/config` }),
	vault_raft_autopilot: () => ({ id: "sys/storage/raft/autopilot/configuration" }),
	vault_kv_secret_v2: (read) => ({ id: `${trimmed(read("mount"))}/data/${trimmed(read("name"))}` }),
};

/**
 * The id that the importer of a resource type takes, from the arguments that the resource is given.
 *
 * @throws VisibleError for a type that is not known here, and when an argument is known to nobody yet
 */
export function importIdOf(type: string, read: ReadArgument): ImportId {
	const rule = Object.hasOwn(rules, type) ? rules[type] : undefined;
	if (rule !== undefined) return rule(read);
	if (type.startsWith("kubernetes_")) {
		const kind = kindOf(type, undefined);
		if (namespacedKinds.has(kind))
			return { id: `${read("metadata.namespace", "default")}/${read("metadata.name")}` };
		if (clusterKinds.has(kind)) return { id: read("metadata.name") };
	}
	if (type.startsWith("vault_")) {
		const place = vaultPlace(type, (argument, otherwise) => trimmed(read(argument, otherwise)));
		if (place?.startsWith("identity/")) return { lookUp: { at: "vault", place } };
		if (place !== undefined) return { id: place.replace(systemPlace, "") };
	}
	throw new VisibleError(`it is not known here how a ${type} is imported`);
}

/**
 * Reads arguments by path.
 *
 * @param textOf the text that a value is, or refers to; undefined when nobody knows it yet. @default literals alone
 */
export function argumentReader(
	given: Block,
	textOf: (value: Json | undefined) => string | undefined = plain,
): ReadArgument {
	return (path, otherwise) => {
		const steps = path.split(".");
		const last = steps.pop() ?? "";
		const value = steps.reduce((at, step) => block(at[step]), given)[last];
		const text = value === undefined || value === null ? otherwise : textOf(value);
		if (text === undefined) throw new VisibleError(`${path} is not known yet`);
		return text;
	};
}

/** What a record answers; the API makes that of a service (SRV) from its parts. */
export function recordContent(read: ReadArgument): string {
	if (read("type") !== "SRV") return read("content");
	return ["weight", "port", "target"].map((part) => read(`data.${part}`)).join(" ");
}

const trimmed = (text: string) => text.replace(/^\/+|\/+$/g, "");

function alias(of: "entity" | "group", read: ReadArgument): ImportId {
	return { lookUp: { at: "vault-alias", of, name: read("name") } };
}

/** As the provider's importers of files take it: node, and the volume's name. */
function fileOf(read: ReadArgument, name: string): string {
	return `${read("node_name")}/${read("datastore_id")}:${read("content_type")}/${name}`;
}

import { VisibleError } from "../config/schema/visible-error.ts";
import type { Block } from "./blocks.ts";
import { block, plain } from "./blocks.ts";
import { argumentReader, importIdOf, type ReadArgument, recordContent } from "./import-ids.ts";
import { kindOf } from "./kubernetes-objects.ts";
import { vaultPlace } from "./vault-places.ts";
import type { Json } from "./world.ts";

/** Types of other providers, or of older ones, for a thing that has a type here, each with how it calls the arguments. */
const others: Readonly<
	Record<string, { readonly type: string; readonly names: Readonly<Record<string, string>> }>
> = {
	cloudflare_record: { type: "cloudflare_dns_record", names: { content: "value" } },
	proxmox_vm_qemu: {
		type: "proxmox_virtual_environment_vm",
		names: { vm_id: "vmid", node_name: "target_node" },
	},
};

/** Records of which a name has one: every other one is told by its content as well. */
const oneByName: ReadonlySet<string> = new Set(["A", "AAAA", "CNAME"]);

/** What else is to be known of an object, beside its arguments. */
export interface IdentityContext {
	/** Text that a value is, or refers to. @default literals alone */
	readonly textOf?: (value: Json | undefined) => string | undefined;
	/** Path of the login backend that an accessor, or a reference to one, belongs to. */
	readonly mountOf?: (accessor: Json | undefined) => string | undefined;
}

/**
 * What tells an object of the world from every other one, whatever a state or the code calls it: kind, namespace and
 * name; the path in Vault; a record's name; the number of a machine.
 *
 * @returns undefined for a type of which that is not known, and while an argument is known to nobody
 */
export function liveIdentity(type: string, given: Block, context: IdentityContext = {}): string | undefined {
	const read = argumentReader(given, context.textOf);
	try {
		return identityOf(type, read, () => context.mountOf?.(given.mount_accessor));
	} catch (error) {
		if (error instanceof VisibleError) return undefined;
		throw error;
	}
}

function identityOf(type: string, read: ReadArgument, mount: () => string | undefined): string | undefined {
	const other = Object.hasOwn(others, type) ? others[type] : undefined;
	if (other !== undefined)
		return identityOf(
			other.type,
			(path, otherwise) => eitherName(read, other.names[path], path, otherwise),
			mount,
		);
	if (type.startsWith("kubernetes_")) return ofKubernetes(type, read);
	if (type === "helm_release") return `release of Helm ${read("namespace", "default")}/${read("name")}`;
	if (type === "cloudflare_dns_record") {
		const kind = read("type");
		return `${kind} record ${read("name").toLowerCase()}${oneByName.has(kind) ? "" : ` ${recordContent(read)}`}`;
	}
	if (type === "proxmox_virtual_environment_vm") return `machine ${read("vm_id")}`;
	const alias = /^vault_identity_(entity|group)_alias$/.exec(type);
	if (alias !== null) {
		const path = mount();
		return path === undefined ? undefined : `Vault ${alias[1]} alias ${path}/${read("name")}`;
	}
	if (type.startsWith("vault_")) {
		const place = vaultPlace(type, (argument, otherwise) =>
			read(argument, otherwise).replace(/^\/+|\/+$/g, ""),
		);
		if (place !== undefined) return `Vault ${place}`;
	}
	const found = importIdOf(type, read);
	return "id" in found ? `${type} ${found.id}` : undefined;
}

function eitherName(read: ReadArgument, own: string | undefined, path: string, otherwise?: string): string {
	if (own === undefined) return read(path, otherwise);
	try {
		return read(own);
	} catch {
		return read(path, otherwise);
	}
}

function ofKubernetes(type: string, read: ReadArgument): string {
	if (type === "kubernetes_labels" || type === "kubernetes_annotations")
		return `${type} of ${read("kind")} ${read("metadata.namespace", "")}/${read("metadata.name")}`;
	const manifest = type === "kubernetes_manifest";
	const at = manifest ? "manifest.metadata" : "metadata";
	const kind = kindOf(type, manifest ? read("manifest.kind") : undefined);
	// Kinds of different groups may have one name; those that providers have types for are told by the name alone.
	const group = manifest ? (/^([^/]*\.[^/]*)\//.exec(read("manifest.apiVersion"))?.[1] ?? "") : "";
	const foreign = group === "" || /(^|\.)k8s\.io$/.test(group) ? "" : `.${group}`;
	const namespace = read(`${at}.namespace`, "");
	return `${kind}${foreign} ${namespace === "" ? "" : `${namespace}/`}${read(`${at}.name`)}`;
}

/** Arguments of an object as a state has them, in the shape in which code gives them. */
export function argumentsInState(type: string, attributes: Block): Block {
	if (type !== "kubernetes_manifest") return attributes;
	return { manifest: block(attributes.manifest).value };
}

/** Paths of login backends by their accessors, as one state has them. */
export function accessorsIn(objects: readonly Block[]): (accessor: Json | undefined) => string | undefined {
	const paths = new Map(
		objects.flatMap(({ accessor, path, type }): [string, string][] => {
			const [key, at] = [plain(accessor), plain(path) ?? plain(type)];
			return key === undefined || at === undefined ? [] : [[key, at.replace(/\/+$/, "")]];
		}),
	);
	return (accessor) => paths.get(plain(accessor) ?? "");
}

import { StorageClassV1 } from "@cdktf/provider-kubernetes/lib/storage-class-v1/index.js";
import { Construct } from "constructs";
import type { Site } from "../../../config/schema/site.ts";
import { growthEnabled } from "../../kubernetes/growth.ts";
import { siteOf } from "../../site.ts";
import { localPathProvisioner } from "../local-path/provisioner-name.ts";

/** A class of volumes (docs/reference/storage.md#classes). */
export interface StorageClassFacts {
	readonly name: string;
	readonly provisioner: string;
	/** What happens to a volume whose claim is deleted. */
	readonly reclaim: "Delete" | "Retain";
	readonly binding: "Immediate" | "WaitForFirstConsumer";
	readonly expandable: boolean;
	/**
	 * Whether the autoresizer grows its volumes. NFS reports the space of the whole server, so growth has no meaning
	 * there.
	 */
	readonly grows: boolean;
	readonly parameters: Readonly<Record<string, string>>;
	readonly mountOptions: readonly string[];
}

/** Secret with the LUKS passphrase, under the key that the driver expects. */
export const luksSecret = {
	name: "proxmox-csi-encryption",
	namespace: "kube-system",
	key: "encryption-passphrase",
} as const;

export const blockProvisioner = "csi.proxmox.sinextra.dev";
export const nfsProvisioner = "nfs.csi.k8s.io";

/** All classes of a site. */
export function storageClasses({ storage, network }: Pick<Site, "storage" | "network">): StorageClassFacts[] {
	const { block, nfs, localPath } = storage;
	const onBlock = {
		provisioner: blockProvisioner,
		reclaim: "Retain",
		binding: "WaitForFirstConsumer",
		expandable: true,
		grows: true,
		mountOptions: [],
	} as const;
	const parameters = {
		storage: block.datastore,
		"csi.storage.k8s.io/fstype": "ext4",
		cache: "none",
	};
	const onNfs = {
		provisioner: nfsProvisioner,
		reclaim: "Retain",
		binding: "Immediate",
		expandable: true,
		grows: false,
		parameters: { server: network.hosts[nfs.server]?.address ?? nfs.server, share: nfs.root },
		mountOptions: nfs.mountOptions,
	} as const;
	return [
		{
			name: localPath.className,
			provisioner: localPathProvisioner,
			reclaim: "Delete",
			binding: "WaitForFirstConsumer",
			expandable: false,
			grows: false,
			parameters: {},
			mountOptions: [],
		},
		{ ...onBlock, name: block.plainClass, parameters },
		{ ...onBlock, name: block.encryptedClass, parameters: { ...parameters, ...luksParameters() } },
		{ ...onNfs, name: nfs.className },
		{ ...onNfs, name: nfs.dynamicClass },
	];
}

/** The passphrase is used at staging and again at expansion. */
function luksParameters(): Record<string, string> {
	return Object.fromEntries(
		["node-stage", "node-expand"].flatMap((moment) => [
			[`csi.storage.k8s.io/${moment}-secret-name`, luksSecret.name],
			[`csi.storage.k8s.io/${moment}-secret-namespace`, luksSecret.namespace],
		]),
	);
}

/**
 * The classes as resources of their own: a plan shows each parameter, and the rules check them. Parameters are
 * immutable, so a change replaces the class; existing volumes and claims are not affected.
 */
export class StorageClasses extends Construct {
	constructor(scope: Construct, id: string) {
		super(scope, id);
		const site = siteOf(this);
		for (const { name, ...facts } of storageClasses(site)) {
			const annotations = {
				...(name === site.storage.defaultClass
					? { "storageclass.kubernetes.io/is-default-class": "true" }
					: {}),
				...(facts.grows ? growthEnabled : {}),
			};
			new StorageClassV1(this, name, {
				metadata: { name, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) },
				storageProvisioner: facts.provisioner,
				reclaimPolicy: facts.reclaim,
				volumeBindingMode: facts.binding,
				allowVolumeExpansion: facts.expandable,
				...(Object.keys(facts.parameters).length > 0 ? { parameters: { ...facts.parameters } } : {}),
				...(facts.mountOptions.length > 0 ? { mountOptions: [...facts.mountOptions] } : {}),
			});
		}
	}
}

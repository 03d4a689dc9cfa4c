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
	/** What becomes of a volume whose claim is gone. */
	readonly reclaim: "Delete" | "Retain";
	readonly binding: "Immediate" | "WaitForFirstConsumer";
	readonly expandable: boolean;
	/** Whether the autoresizer looks at it. NFS reports the room of the whole server, so growth means nothing there. */
	readonly grows: boolean;
	readonly parameters: Readonly<Record<string, string>>;
	readonly mountOptions: readonly string[];
}

/** Secret from which the driver takes the LUKS passphrase, by the key that it insists on. */
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

/** A volume is opened when it is staged and again when it grows: both take the same passphrase. */
function luksParameters(): Record<string, string> {
	return Object.fromEntries(
		["node-stage", "node-expand"].flatMap((moment) => [
			[`csi.storage.k8s.io/${moment}-secret-name`, luksSecret.name],
			[`csi.storage.k8s.io/${moment}-secret-namespace`, luksSecret.namespace],
		]),
	);
}

/**
 * The classes as objects of their own: the plan shows each parameter, and the rules see them. Parameters of a class
 * are immutable, so that a change replaces it; volumes and claims that exist are not touched by that.
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

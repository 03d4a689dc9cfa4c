import { PersistentVolumeClaimV1 } from "@cdktf/provider-kubernetes/lib/persistent-volume-claim-v1/index.js";
import { Construct } from "constructs";
import { formatBytes } from "../../config/schema/primitives.ts";
import type { Site } from "../../config/schema/site.ts";
import { siteOf } from "../site.ts";
import { type BlockData, classFor, dataKinds, nameSuffix, type SharedData } from "./data-kinds.ts";
import { growthAnnotations } from "./growth.ts";
import type { TieredNamespace } from "./namespace.ts";
import { nfsDirectory } from "./nfs-directory.ts";
import type { VolumeSource } from "./volume-source.ts";

/** A block volume: what it holds decides its class. */
export interface BlockVolume {
	/** What the data is; a database on NFS cannot be said. */
	readonly holds: BlockData;
	/** Bytes at creation. */
	readonly size: number;
	/** Bytes at which the autoresizer stops. */
	readonly growTo: number;
}

/** Name of a block volume's claim, where the data is under another than its default already. */
interface NamedClaim {
	/** @default `<name>-data-encrypted` or `<name>-data-proxmox`, by what it holds */
	readonly claimName?: string;
}

/** A directory of the NFS server. */
export interface SharedVolume {
	readonly holds: SharedData;
	/** Bytes that the claim asks for. NFS does not enforce them. */
	readonly capacity: number;
	/** Directory below the site's export; it must exist before the first pod. @default name */
	readonly directory?: string;
	/** @default ReadWriteMany */
	readonly accessMode?: "ReadWriteMany" | "ReadOnlyMany";
}

export type ClaimProps = {
	readonly namespace: TieredNamespace;
	/**
	 * Block: the service the data belongs to, which begins the claim's default name. Shared: name of volume and claim,
	 * unique in the cluster. Source and server are immutable: a move takes a new name.
	 */
	readonly name: string;
	/** Name of the volume inside a pod, for a pod with several. @default data of a block volume, else name */
	readonly volumeName?: string;
} & ((BlockVolume & NamedClaim) | SharedVolume);

/** Annotations and specification of a claim for a block volume. */
export function blockClaim(site: Site, { holds, size, growTo }: BlockVolume) {
	return {
		annotations: growthAnnotations(site.storage, formatBytes(growTo)),
		spec: {
			accessModes: [dataKinds[holds].accessMode],
			storageClassName: classFor(site, holds),
			resources: { requests: { storage: formatBytes(size) } },
		},
	};
}

/**
 * Storage for a workload. It states what it holds; medium, class and access mode follow
 * (docs/reference/storage.md#what-a-claim-holds). Its name is what finds the data again: a new name is a new, empty
 * volume. Protected against destruction; growth by the autoresizer is not undone by the next apply.
 */
export class Claim extends Construct implements VolumeSource {
	readonly volumeName: string;
	readonly podVolume: NonNullable<VolumeSource["podVolume"]>;
	/** Name of the claim as plain text. */
	readonly claimName: string;

	constructor(scope: Construct, id: string, props: ClaimProps) {
		super(scope, id);
		if ("size" in props) {
			const { annotations, spec } = blockClaim(siteOf(this), props);
			this.claimName = props.claimName ?? `${props.name}-data-${nameSuffix(props.holds)}`;
			const claim = new PersistentVolumeClaimV1(this, "Resource", {
				metadata: {
					name: this.claimName,
					namespace: props.namespace.name,
					annotations,
				},
				spec,
				// The class binds at the first pod, which does not exist yet.
				waitUntilBound: false,
				lifecycle: { preventDestroy: true, ignoreChanges: ['spec[0].resources[0].requests["storage"]'] },
			});
			this.volumeName = props.volumeName ?? "data";
			this.podVolume = { persistentVolumeClaim: { claimName: claim.metadata.name } };
		} else {
			this.volumeName = props.volumeName ?? props.name;
			this.claimName = props.name;
			this.podVolume = { persistentVolumeClaim: { claimName: nfsDirectory(this, props) } };
		}
	}
}

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

/** A block volume; the kind of its data decides its class. */
export interface BlockVolume {
	/** Kind of data; the type excludes those that belong on NFS. */
	readonly holds: BlockData;
	/** Bytes at creation. */
	readonly size: number;
	/** Bytes at which the autoresizer stops. */
	readonly growTo: number;
}

/** Name of an existing claim of a block volume that differs from the default. */
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
	 * Block: name of the service, with which the default name of the claim begins. Shared: name of volume and claim,
	 * unique in the cluster. Server and directory of a volume are immutable, so moving the data takes a new name.
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
 * Storage for a workload. It states the kind of its data; medium, class and access mode follow
 * (docs/reference/storage.md#what-a-claim-holds). A changed name makes a new, empty volume. It is protected against
 * destruction, and an apply does not undo growth by the autoresizer.
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
				// The class binds a volume once the first pod is scheduled, which comes later.
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

import { PersistentVolumeClaimV1 } from "@cdktf/provider-kubernetes/lib/persistent-volume-claim-v1/index.js";
import { PersistentVolumeV1 } from "@cdktf/provider-kubernetes/lib/persistent-volume-v1/index.js";
import { Construct } from "constructs";
import { formatBytes } from "../../config/schema/primitives.ts";
import { siteOf } from "../site.ts";
import type { TieredNamespace } from "./namespace.ts";
import type { VolumeSource } from "./volume-source.ts";

export interface NfsVolumeProps {
	readonly namespace: TieredNamespace;
	/** Name of volume and claim, unique in the cluster. Source and server are immutable: a move takes a new name. */
	readonly name: string;
	/** Directory below the site's export; it must exist before the first pod. @default name */
	readonly directory?: string;
	/** Bytes that the claim asks for. NFS does not enforce them. */
	readonly capacity: number;
	/** @default ReadWriteMany */
	readonly accessMode?: "ReadWriteMany" | "ReadOnlyMany";
}

/**
 * A directory of the site's NFS server as a static volume and its claim (storage.md section 5). The mount options are
 * on the volume, because those of a class do not reach static volumes and a hard mount would hang with the server.
 */
export class NfsVolume extends Construct implements VolumeSource {
	readonly volumeName: string;
	readonly podVolume: NonNullable<VolumeSource["podVolume"]>;

	constructor(scope: Construct, id: string, props: NfsVolumeProps) {
		super(scope, id);
		const { namespace, name, directory = name, capacity, accessMode = "ReadWriteMany" } = props;
		const { storage, network } = siteOf(this);
		const { server, root, className, mountOptions } = storage.nfs;
		const size = { storage: formatBytes(capacity) };
		const volume = new PersistentVolumeV1(this, "volume", {
			metadata: { name },
			spec: [
				{
					capacity: size,
					accessModes: [accessMode],
					persistentVolumeReclaimPolicy: "Retain",
					storageClassName: className,
					volumeMode: "Filesystem",
					mountOptions: [...mountOptions],
					persistentVolumeSource: {
						csi: {
							driver: "nfs.csi.k8s.io",
							volumeHandle: name,
							volumeAttributes: {
								server: network.hosts[server]?.address ?? server,
								share: `${root}/${directory}`,
							},
						},
					},
				},
			],
			lifecycle: { preventDestroy: true },
		});
		const claim = new PersistentVolumeClaimV1(this, "claim", {
			metadata: { name, namespace: namespace.name },
			spec: {
				accessModes: [accessMode],
				storageClassName: className,
				volumeName: volume.metadata.name,
				resources: { requests: size },
			},
			lifecycle: { preventDestroy: true },
		});
		this.volumeName = name;
		this.podVolume = { persistentVolumeClaim: { claimName: claim.metadata.name } };
	}
}

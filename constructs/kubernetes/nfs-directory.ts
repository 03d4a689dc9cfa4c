import { PersistentVolumeClaimV1 } from "@cdktf/provider-kubernetes/lib/persistent-volume-claim-v1/index.js";
import { PersistentVolumeV1 } from "@cdktf/provider-kubernetes/lib/persistent-volume-v1/index.js";
import type { Construct } from "constructs";
import { formatBytes } from "../../config/schema/primitives.ts";
import { siteOf } from "../site.ts";
import type { ClaimProps, SharedVolume } from "./claim.ts";
import { classFor, dataKinds } from "./data-kinds.ts";

/**
 * A directory of the site's NFS server as a static volume and its claim (docs/reference/storage.md#nfs-exports). The
 * mount options are on the volume, because static volumes do not get those of a class, and the default, a hard mount,
 * would hang when the server does.
 *
 * @returns a reference to the claim's name
 */
export function nfsDirectory(
	scope: Construct,
	{ namespace, name, ...volume }: Pick<ClaimProps, "namespace" | "name"> & SharedVolume,
): string {
	const { holds, capacity, directory = name, accessMode = dataKinds[holds].accessMode } = volume;
	const site = siteOf(scope);
	const { server, root, mountOptions } = site.storage.nfs;
	const size = { storage: formatBytes(capacity) };
	const storageClassName = classFor(site, holds);
	const persistentVolume = new PersistentVolumeV1(scope, "volume", {
		metadata: { name },
		spec: [
			{
				capacity: size,
				accessModes: [accessMode],
				persistentVolumeReclaimPolicy: "Retain",
				storageClassName,
				// Volume and claim name each other: without a `claimRef` any claim could bind the volume.
				claimRef: { name, namespace: namespace.name },
				volumeMode: "Filesystem",
				mountOptions: [...mountOptions],
				persistentVolumeSource: {
					csi: {
						driver: "nfs.csi.k8s.io",
						volumeHandle: name,
						volumeAttributes: {
							server: site.network.hosts[server]?.address ?? server,
							share: `${root}/${directory}`,
						},
					},
				},
			},
		],
		lifecycle: { preventDestroy: true },
	});
	const claim = new PersistentVolumeClaimV1(scope, "claim", {
		metadata: { name, namespace: namespace.name },
		spec: {
			accessModes: [accessMode],
			storageClassName,
			volumeName: persistentVolume.metadata.name,
			resources: { requests: size },
		},
		lifecycle: { preventDestroy: true },
	});
	return claim.metadata.name;
}

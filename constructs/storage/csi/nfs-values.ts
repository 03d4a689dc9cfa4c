import { MiB } from "../../../config/schema/quantity.ts";
import type { Site } from "../../../config/schema/site.ts";
import { type ChartResources, chartResources } from "../../kubernetes/chart-resources.ts";

/** Port of the liveness probe. The chart has no `httpPort` (docs/reference/storage.md#drivers). */
interface Probed {
	readonly livenessProbe: { readonly healthPort: number };
}

/** Keys of the chart `csi-driver-nfs` 4.13 that are set here. */
export interface NfsCsiValues {
	readonly controller: Probed & {
		readonly replicas: number;
		readonly resources: Readonly<
			Record<"csiProvisioner" | "csiResizer" | "csiSnapshotter" | "livenessProbe" | "nfs", ChartResources>
		>;
	};
	readonly node: Probed & {
		readonly resources: Readonly<Record<"livenessProbe" | "nodeDriverRegistrar" | "nfs", ChartResources>>;
	};
	/** Kinds of volume snapshots, and the controller for all drivers. */
	readonly externalSnapshotter: { readonly enabled: boolean; readonly resources: ChartResources };
	readonly storageClass: { readonly create: boolean };
	readonly rbac: { readonly create: boolean };
}

const driver = chartResources(128 * MiB);
const probe = chartResources(64 * MiB);

/** Values of the NFS CSI release. Classes are objects of their own (`storage-classes.ts`). */
export function nfsCsiValues({ storage }: Pick<Site, "storage">): NfsCsiValues {
	const { controller, node } = storage.nfs.healthPorts;
	return {
		controller: {
			replicas: 2,
			livenessProbe: { healthPort: controller },
			resources: {
				csiProvisioner: driver,
				csiResizer: driver,
				csiSnapshotter: driver,
				livenessProbe: probe,
				nfs: driver,
			},
		},
		node: {
			livenessProbe: { healthPort: node },
			resources: { livenessProbe: probe, nodeDriverRegistrar: probe, nfs: driver },
		},
		externalSnapshotter: { enabled: true, resources: driver },
		storageClass: { create: false },
		// Rights of the controller are objects of their own (`nfs-rights.ts`).
		rbac: { create: false },
	};
}

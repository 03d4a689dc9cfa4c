import { MiB } from "../../../config/schema/quantity.ts";
import type { Site } from "../../../config/schema/site.ts";
import { type ChartResources, chartResources } from "../../kubernetes/chart-resources.ts";

interface Container {
	readonly resources: ChartResources;
}

/**
 * Keys of the chart `proxmox-csi-plugin` 0.5 that are set here. `controller.replicas`, `controller.resources` and
 * `node.resources` do not exist in it (docs/reference/storage.md#drivers).
 */
export interface ProxmoxCsiValues {
	/** Controller pods, of which one is the leader. */
	readonly replicaCount: number;
	/** Secret with the addresses and tokens of the Proxmox clusters, under the key `config.yaml`. */
	readonly existingConfigSecret: string;
	readonly controller: {
		readonly podAnnotations: Readonly<Record<string, string>>;
		readonly plugin: Container;
		readonly attacher: Container;
		readonly provisioner: Container;
		readonly resizer: Container;
		readonly snapshotter: Container & { readonly enabled: boolean };
	};
	readonly node: {
		readonly plugin: Container;
		readonly driverRegistrar: Container;
		readonly tolerations: readonly { readonly operator: "Exists" }[];
	};
	/** Liveness probe of controller and node plugin. */
	readonly livenessprobe: Container;
}

const sidecar: Container = { resources: chartResources(64 * MiB) };

/** Values of the Proxmox CSI release. */
export function proxmoxCsiValues(
	{ storage }: Pick<Site, "storage">,
	config: { readonly secret: string; readonly revision: number },
): ProxmoxCsiValues {
	return {
		replicaCount: 2,
		existingConfigSecret: config.secret,
		controller: {
			// The driver reads its token at the start.
			podAnnotations: { "infra/config-revision": String(config.revision) },
			plugin: sidecar,
			attacher: sidecar,
			provisioner: sidecar,
			resizer: sidecar,
			snapshotter: { enabled: true, ...sidecar },
		},
		node: {
			// Memory is used only while a volume is opened, so it is not reserved.
			plugin: { resources: chartResources(storage.block.nodeMemory, 64 * MiB) },
			driverRegistrar: sidecar,
			// Volumes must be available on every node, tainted ones included.
			tolerations: [{ operator: "Exists" }],
		},
		livenessprobe: sidecar,
	};
}

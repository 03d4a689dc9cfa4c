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
	/** Controller pods; one of them leads. */
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
	/** Liveness probe beside both. */
	readonly livenessprobe: Container;
}

const MiB = 1024 ** 2;
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
			// The driver reads its token when it starts.
			podAnnotations: { "infra/config-revision": String(config.revision) },
			plugin: sidecar,
			attacher: sidecar,
			provisioner: sidecar,
			resizer: sidecar,
			snapshotter: { enabled: true, ...sidecar },
		},
		node: {
			// The memory is needed while a volume is opened, seldom and briefly: reserving it would waste it.
			plugin: { resources: chartResources(storage.block.nodeMemory, 64 * MiB) },
			driverRegistrar: sidecar,
			// Volumes follow their pods to every node, tainted ones included.
			tolerations: [{ operator: "Exists" }],
		},
		livenessprobe: sidecar,
	};
}

import { Labels } from "@cdktf/provider-kubernetes/lib/labels/index.js";
import { Construct } from "constructs";
import { siteOf } from "../../site.ts";

/**
 * Labels of nodes by which the Proxmox CSI driver finds their hypervisor (docs/reference/storage.md#drivers): without
 * them no volume can be made. Terraform owns only these labels, and a plan shows when a rebuilt node lacks them.
 */
export class NodeTopology extends Construct {
	constructor(scope: Construct, id: string) {
		super(scope, id);
		const { cluster, storage } = siteOf(this);
		const { region, zone } = storage.block.proxmox;
		for (const name of Object.keys(cluster.nodes))
			new Labels(this, name, {
				apiVersion: "v1",
				kind: "Node",
				metadata: { name },
				labels: {
					"topology.kubernetes.io/region": region,
					"topology.kubernetes.io/zone": zone,
					"node.csi.proxmox.sinextra.dev/name": name,
				},
				// Labels that were set by hand belong to another field manager.
				force: true,
			});
	}
}

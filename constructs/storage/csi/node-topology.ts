import { Labels } from "@cdktf/provider-kubernetes/lib/labels/index.js";
import { Construct } from "constructs";
import { siteOf } from "../../site.ts";

/**
 * Labels by which the Proxmox CSI driver finds the hypervisor behind each node (docs/reference/storage.md#drivers):
 * without them nothing is provisioned. Terraform owns these labels only, and sees when a rebuilt node has lost them.
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
				// On nodes that were labelled by hand the labels belong to another field manager.
				force: true,
			});
	}
}

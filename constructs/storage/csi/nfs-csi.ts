import { Construct } from "constructs";
import { tiers } from "../../../config/tiers.ts";
import { HelmChart } from "../../kubernetes/helm-chart.ts";
import { TieredNamespace } from "../../kubernetes/namespace.ts";
import { siteOf } from "../../site.ts";
import { NfsCsiRights } from "./nfs-rights.ts";
import { type NfsCsiValues, nfsCsiValues } from "./nfs-values.ts";

/**
 * Driver of the NFS classes (docs/reference/storage.md#drivers). Its chart also installs the kinds of volume snapshots
 * and their controller, which the other drivers use.
 */
export class NfsCsi extends Construct {
	readonly namespace: TieredNamespace;
	readonly chart: HelmChart<NfsCsiValues>;

	constructor(scope: Construct, id: string) {
		super(scope, id);
		const site = siteOf(this);
		this.namespace = new TieredNamespace(this, "namespace", {
			name: "nfs-csi",
			tier: tiers.cluster,
			// Controller and node plugin use the host network, and the latter mounts below the kubelet's directory.
			podSecurity: "privileged",
		});
		const rights = new NfsCsiRights(this, "rights", { namespace: this.namespace });
		this.chart = new HelmChart(this, "chart", {
			namespace: this.namespace,
			name: "csi-driver-nfs",
			chart: site.storage.charts.nfsCsi,
			values: nfsCsiValues(site),
			dependsOn: rights.bindings,
		});
		this.chart.waive(
			"pod-confined",
			["DaemonSet/csi-nfs-node", "Deployment/csi-nfs-controller"],
			"They mount exports: the node plugin for pods of its node, the controller to make and remove folders of volumes.",
		);
	}
}

import { Construct } from "constructs";
import { tiers } from "../../../config/tiers.ts";
import { HelmChart } from "../../kubernetes/helm-chart.ts";
import { TieredNamespace } from "../../kubernetes/namespace.ts";
import { siteOf } from "../../site.ts";
import { type NfsCsiValues, nfsCsiValues } from "./nfs-values.ts";

/**
 * Driver of the NFS classes (docs/reference/storage.md#drivers). Its chart also brings the kinds of volume snapshots
 * with their controller, which every other driver uses.
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
			// Both parts use the node's network, and the node plugin mounts below the kubelet's directory.
			podSecurity: "privileged",
		});
		this.chart = new HelmChart(this, "chart", {
			namespace: this.namespace,
			name: "csi-driver-nfs",
			chart: site.storage.charts.nfsCsi,
			values: nfsCsiValues(site),
		});
	}
}

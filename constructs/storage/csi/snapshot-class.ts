import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { HelmChart } from "../../kubernetes/helm-chart.ts";
import type { TieredNamespace } from "../../kubernetes/namespace.ts";
import { siteOf } from "../../site.ts";
import { blockProvisioner } from "./storage-classes.ts";

export interface SnapshotClassProps {
	/** Namespace that keeps the record of the release; the class itself belongs to the cluster. */
	readonly namespace: TieredNamespace;
	/** The kinds of snapshots. */
	readonly dependsOn: readonly ITerraformDependable[];
}

/** Values of the chart beside this file. */
interface SnapshotClassValues {
	readonly name: string;
	readonly driver: string;
	readonly deletionPolicy: "Delete" | "Retain";
}

/**
 * The class of snapshots of block volumes. A release of its own, because Terraform would have to know the kind before
 * the stack that brings it is applied. Such a snapshot is a full copy in the pool of its source: good for a copy of
 * one volume before a risky change, no backup. Those are made below Kubernetes, on the hypervisor.
 */
export class SnapshotClass extends Construct {
	constructor(scope: Construct, id: string, { namespace, dependsOn }: SnapshotClassProps) {
		super(scope, id);
		const values: SnapshotClassValues = {
			name: siteOf(this).storage.snapshotClass,
			driver: blockProvisioner,
			deletionPolicy: "Delete",
		};
		new HelmChart(this, "chart", {
			namespace,
			name: "snapshot-class",
			chart: { chart: "./constructs/storage/csi/snapshot-class", version: "1.0.0" },
			values,
			dependsOn,
		});
	}
}

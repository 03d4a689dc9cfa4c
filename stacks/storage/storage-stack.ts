import type { Construct } from "constructs";
import { httpUrl } from "../../config/schema/endpoints.ts";
import { AlertRules } from "../../constructs/monitoring/alert-rules.ts";
import { storageAlerts } from "../../constructs/storage/alerts.ts";
import { Autoresizer } from "../../constructs/storage/autoresizer.ts";
import { backupAlerts } from "../../constructs/storage/backup/alerts.ts";
import { NfsCsi } from "../../constructs/storage/csi/nfs-csi.ts";
import { NodeTopology } from "../../constructs/storage/csi/node-topology.ts";
import { ProxmoxCsi } from "../../constructs/storage/csi/proxmox-csi.ts";
import { SnapshotClass } from "../../constructs/storage/csi/snapshot-class.ts";
import { StorageClasses } from "../../constructs/storage/csi/storage-classes.ts";
import { Hypervisor } from "../../constructs/storage/hypervisor/hypervisor.ts";
import { LocalPath } from "../../constructs/storage/local-path/local-path.ts";
import { RestoreAccess } from "../../constructs/storage/restore-access.ts";
import type { StackFacts } from "../declaration.ts";
import { InfraStack } from "../infra-stack.ts";

/** Machines, storage classes with their drivers, growth, snapshots, rights of the restore tool, and alerts. */
export class StorageStack extends InfraStack {
	constructor(scope: Construct, facts: StackFacts) {
		super(scope, facts);
		const prometheus = this.consume(this.site.monitoring.prometheus);

		new Hypervisor(this, "hypervisor");
		new NodeTopology(this, "topology");
		const nfs = new NfsCsi(this, "nfs-csi");
		const snapshotKinds = [nfs.chart.resource];
		const proxmox = new ProxmoxCsi(this, "proxmox-csi", { dependsOn: snapshotKinds });
		new LocalPath(this, "local-path");
		new StorageClasses(this, "classes");
		new SnapshotClass(this, "snapshot-class", { namespace: proxmox.namespace, dependsOn: snapshotKinds });
		const autoresizer = new Autoresizer(this, "autoresizer", {
			prometheus: httpUrl(prometheus),
		});
		new RestoreAccess(this, "restore-access");

		new AlertRules(this, "backup-alerts", {
			namespace: proxmox.namespace,
			group: "storage-backup",
			rules: backupAlerts(this.site),
		});
		new AlertRules(this, "alerts", {
			namespace: proxmox.namespace,
			group: "storage",
			rules: storageAlerts(this.site, {
				namespaces: {
					nfs: nfs.namespace.literalName,
					proxmox: proxmox.namespace.literalName,
					autoresizer: autoresizer.namespace.literalName,
				},
			}),
		});
	}
}

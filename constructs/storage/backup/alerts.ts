import { type BackupStep, restoreKinds, staleAfter } from "../../../config/schema/backup.ts";
import { days, formatDuration, inSeconds } from "../../../config/schema/duration.ts";
import type { Site } from "../../../config/schema/site.ts";
import type { AlertRule } from "../../monitoring/alert-rule.ts";
import { retention, unitNames } from "./render-units.ts";

/** Prefix of the alerts of a step, and the job under which its program pushes metrics. */
const steps: Readonly<Record<BackupStep, { alert: string; job: string; metric: string; what: string }>> = {
	snapshot: {
		alert: "LVMSnapshot",
		job: "lvm-pvc-snapshot",
		metric: "lvm_snapshot",
		what: "snapshot of all volumes",
	},
	copy: {
		alert: "DailyBackup",
		job: "daily-backup",
		metric: "daily_backup",
		what: "copy to the second disk",
	},
	offsite: {
		alert: "OffsiteBackupSync",
		job: "offsite-backup-sync",
		metric: "offsite_sync",
		what: "copy to the other place",
	},
	prove: {
		alert: "RestoreProof",
		job: "restore-proof",
		metric: "restore_proof",
		what: "restore on trial",
	},
};

/** Kinds of data that the storage host itself shows to come back. */
const hostKinds = Object.entries(restoreKinds).flatMap(([kind, place]) => (place === "host" ? [kind] : []));

/** Name of the alert for a step whose last success is stale. */
export function staleAlert(step: BackupStep): string {
	return `${steps[step].alert}Stale`;
}

/**
 * Alerts on the backups of the storage host. They read metrics that its programs push and the Pushgateway keeps, so
 * they work while the host is down. Node exporter runs on the host as well.
 */
export function backupAlerts({ backup }: Site): AlertRule[] {
	const { poolFree, diskUsed } = backup.alerts;
	const retained = `backup_last_success_timestamp{job="${retention.job}"}`;
	const retentionLimit = staleAfter(backup, "snapshot");
	return [
		...(["snapshot", "copy", "offsite", "prove"] as const).flatMap((step) => stepAlerts(backup, step)),
		{
			alert: "OffsiteBackupSyncRefused",
			expr: "offsite_sync_refused_total > 0",
			for: "0m",
			severity: "critical",
			summary: `A tree is not mounted, or more than ${backup.offsite.loss} % of its files are gone or changed since the last good copy: they may have been deleted or encrypted. No good copy is given up for it`,
		},
		{
			alert: "RestoreNotProven",
			expr: [
				"restore_proof_overdue > 0",
				...hostKinds.map(
					(kind) =>
						`${sinceLast(`max by (kind) (backup_restore_verified_timestamp{kind="${kind}"})`)} > ${inSeconds(days(backup.proveWithin))}`,
				),
			].join(" or "),
			for: "0m",
			severity: "warning",
			summary: `Nobody knows whether every volume can be restored: no restore on trial within ${backup.proveWithin} days. The journal of ${unitNames.prove} names them`,
		},
		{
			alert: "RestoreLeftWorkloadStopped",
			expr: "restore_workloads_stopped > 0",
			for: "0m",
			severity: "critical",
			summary:
				"A restore was killed after it had stopped what uses the volume, and nobody has started it again. restore-backup list says what, and how",
		},
		{
			alert: "BackupNamesOfTheFuture",
			expr: `max by (job) (backup_names_ahead{job=~"${Object.values(steps)
				.map(({ job }) => job)
				.join("|")}"}) > 0`,
			for: "0m",
			severity: "warning",
			summary:
				"{{ $value }} snapshots or restore points are named later than now: the clock has run ahead, and they are never used",
		},
		{
			alert: "DailyBackupOrphansGrew",
			expr: `daily_backup_volumes_orphaned - daily_backup_volumes_orphaned offset 2d > 0`,
			for: "0m",
			severity: "warning",
			summary:
				"{{ $value }} more volumes than two days ago have no claim, and are not copied: was one deleted by mistake?",
		},
		{
			alert: "LVMThinPoolLow",
			expr: `lvm_snapshot_thinpool_free_pct < ${poolFree} or lvm_snapshot_thinpool_metadata_free_pct < ${poolFree}`,
			for: "0m",
			severity: "warning",
			summary: `Only {{ $value }} % of the thin pool are free: when it is full, every virtual machine stops`,
		},
		{
			alert: "BackupDiskFull",
			expr: `100 * (1 - node_filesystem_avail_bytes{mountpoint="${backup.disk}"} / node_filesystem_size_bytes{mountpoint="${backup.disk}"}) > ${diskUsed}`,
			for: "15m",
			severity: "critical",
			summary: `${backup.disk} is {{ $value | printf "%.0f" }} % full`,
		},
		{
			alert: "OffsiteRetentionStale",
			expr: `(${sinceLast(retained)} > ${inSeconds(retentionLimit)}) or absent(${retained})`,
			for: formatDuration(retentionLimit),
			severity: "warning",
			summary: `The other place has given up nothing for ${formatDuration(retentionLimit)}: it fills. See the journal of ${retention.unit} there`,
		},
	];
}

function stepAlerts(backup: Site["backup"], step: BackupStep): AlertRule[] {
	const { alert, job, metric, what } = steps[step];
	const success = `backup_last_success_timestamp{job="${job}"}`;
	const limit = staleAfter(backup, step);
	return [
		{
			alert: staleAlert(step),
			expr: `${sinceLast(success)} > ${inSeconds(limit)}`,
			for: "30m",
			severity: "critical",
			summary: `The last ${what} is older than ${formatDuration(limit)}: see the journal of ${unitNames[step]}`,
		},
		{
			alert: `${alert}NeverSucceeded`,
			expr: `absent(${success})`,
			for: formatDuration(limit),
			severity: "critical",
			summary: `There has never been a ${what}, or the Pushgateway has lost its values`,
		},
		{
			alert: `${alert}Failing`,
			expr: `${metric}_last_status != 0`,
			for: "0m",
			severity: "critical",
			summary: `The last ${what} ended with {{ $value }}: see the journal of ${unitNames[step]}`,
		},
	];
}

/** PromQL: seconds since a time stamp that was pushed. */
function sinceLast(metric: string): string {
	return `time() - ${metric}`;
}

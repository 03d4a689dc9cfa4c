import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadSite } from "../../../config/load-site.ts";
import { renderAlertRules } from "../../../constructs/monitoring/alert-rule.ts";
import { backupAlerts } from "../../../constructs/storage/backup/alerts.ts";
import { temporaryFolder } from "../../synth.ts";
import { needs } from "../harness/needs.ts";

needs("promtool");

const hour = 60;
const rules = backupAlerts(await loadSite("home"));

/**
 * Alerts that are active at a minute, when these series have had constant values since minute 0.
 *
 * @param every minutes between two samples, and between two looks; what waits for a time is late by as much
 */
function activeAt(minute: number, series: Readonly<Record<string, number | string>>, every = 5): string[] {
	const folder = temporaryFolder();
	writeFileSync(join(folder, "rules.yml"), renderAlertRules("backups", rules));
	const check = (alert: string) => ({ eval_time: `${minute}m`, alertname: alert, exp_alerts: [] });
	writeFileSync(
		join(folder, "test.yml"),
		JSON.stringify({
			rule_files: ["rules.yml"],
			evaluation_interval: `${every}m`,
			tests: [
				{
					interval: `${every}m`,
					input_series: Object.entries(series).map(([name, value]) => ({
						series: name,
						values: typeof value === "string" ? value : `${value}x${minute / every + 1}`,
					})),
					alert_rule_test: rules.map(({ alert }) => check(alert)),
				},
			],
		}),
	);
	const { stdout, stderr } = spawnSync("promtool", ["test", "rules", join(folder, "test.yml")], {
		encoding: "utf8",
	});
	return [...(stdout + stderr).matchAll(/alertname: ?(\w+)/g)].map(([, name = ""]) => name).sort();
}

/** Everything as it is after a good night: the evaluation begins at the epoch. */
const well = {
	'backup_last_success_timestamp{job="lvm-pvc-snapshot"}': 0,
	'backup_last_success_timestamp{job="daily-backup"}': 0,
	'backup_last_success_timestamp{job="offsite-backup-sync"}': 0,
	'backup_last_success_timestamp{job="restore-proof"}': 0,
	'backup_restore_verified_timestamp{kind="claim",claim="a/b"}': 0,
	restore_proof_last_status: 0,
	restore_proof_overdue: 0,
	lvm_snapshot_last_status: 0,
	daily_backup_last_status: 0,
	offsite_sync_last_status: 0,
	offsite_sync_refused_total: 0,
	lvm_snapshot_thinpool_free_pct: 40,
	lvm_snapshot_thinpool_metadata_free_pct: 40,
	'backup_last_success_timestamp{job="offsite-retention"}': "0+300x9000",
	'node_filesystem_avail_bytes{mountpoint="/mnt/backup"}': 50,
	'node_filesystem_size_bytes{mountpoint="/mnt/backup"}': 100,
};

test("Prometheus accepts the rules", () => {
	const file = join(temporaryFolder(), "rules.yml");
	writeFileSync(file, renderAlertRules("backups", rules));
	expect(execFileSync("promtool", ["check", "rules", file], { encoding: "utf8" })).toContain("SUCCESS");
});

test("a night that was missed is no alert, for the next one makes up for it", () => {
	expect(activeAt(47 * hour, well)).toEqual([]);
});

test("two nights that were missed are three", () => {
	expect(activeAt(52 * hour, well)).toEqual([
		"DailyBackupStale",
		"LVMSnapshotStale",
		"OffsiteBackupSyncStale",
		"RestoreProofStale",
	]);
});

test("a month without a restore on trial is one in which nobody knows", () => {
	const last = { ...well, 'backup_restore_verified_timestamp{kind="claim",claim="c/d"}': 0 };
	const nightly = "0+21600x130";
	// What jobs of the cluster prove, or another kind of data, does not stand for volumes.
	const others = {
		'backup_restore_verified_timestamp{kind="redis"}': nightly,
		'backup_restore_verified_timestamp{kind="database",claim="c/d"}': nightly,
	};
	const at = (days: number, series: Readonly<Record<string, number | string>>) =>
		activeAt(days * 24 * hour, series, 6 * hour);
	expect(at(29, last)).not.toContain("RestoreNotProven");
	expect(at(31, { ...last, ...others })).toContain("RestoreNotProven");
	expect(
		at(31, { ...last, 'backup_restore_verified_timestamp{kind="claim",claim="c/d"}': nightly }),
	).not.toContain("RestoreNotProven");
});

test.for([
	["lvm_snapshot_last_status", 1, "LVMSnapshotFailing"],
	["daily_backup_last_status", 143, "DailyBackupFailing"],
	["offsite_sync_last_status", 12, "OffsiteBackupSyncFailing"],
	["restore_proof_last_status", 1, "RestoreProofFailing"],
	["restore_proof_overdue", 1, "RestoreNotProven"],
	["offsite_sync_refused_total", 1, "OffsiteBackupSyncRefused"],
	["restore_workloads_stopped", 1, "RestoreLeftWorkloadStopped"],
	["lvm_snapshot_thinpool_free_pct", 14, "LVMThinPoolLow"],
	["lvm_snapshot_thinpool_metadata_free_pct", 14, "LVMThinPoolLow"],
	['node_filesystem_avail_bytes{mountpoint="/mnt/backup"}', 14, "BackupDiskFull"],
] as const)("%s at %s raises %s", ([metric, value, alert]) => {
	expect(activeAt(hour, { ...well, [metric]: value })).toEqual([alert]);
});

test("programs that never ran are noticed", () => {
	const never = Object.fromEntries(Object.entries(well).filter(([name]) => !name.startsWith("backup_last")));
	expect(activeAt(52 * hour, never)).toEqual([
		"DailyBackupNeverSucceeded",
		"LVMSnapshotNeverSucceeded",
		"OffsiteBackupSyncNeverSucceeded",
		"OffsiteRetentionStale",
		"RestoreProofNeverSucceeded",
	]);
});

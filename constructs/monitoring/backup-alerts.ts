import type { RestoreKind } from "../../config/schema/backup.ts";
import { type Duration, formatDuration, inSeconds } from "../../config/schema/duration.ts";
import type { AlertRule } from "./alert-rule.ts";

export interface BackupAlertsProps {
	/** First word of the alerts' names and of their texts, such as `Redis`. */
	readonly subject: string;
	readonly namespace: string;
	readonly task: BackupSubject;
}

/** A backup as its alerts refer to it. */
export interface BackupSubject {
	/** Name of the CronJob, and of the job under which its metrics are pushed. */
	readonly name: string;
	/** Time after which the last backup is too old. */
	readonly staleAfter: Duration;
	/** Days that copies are kept. */
	readonly retentionDays: number;
	/** The CronJob that shows that copies come back, and the kind of data in its metrics. */
	readonly proof: { readonly name: string; readonly kind: RestoreKind; readonly within: Duration };
}

/** Alerts on a backup that stopped, failed, shrank, never ran, or was never shown to come back. */
export function backupAlerts({ subject, namespace, task }: BackupAlertsProps): AlertRule[] {
	const { name, staleAfter, retentionDays, proof } = task;
	const alert = subject.replaceAll(" ", "");
	const success = `kube_cronjob_status_last_successful_time{namespace="${namespace}", cronjob="${name}"}`;
	const created = `kube_cronjob_created{namespace="${namespace}", cronjob="${name}"}`;
	const size = `backup_output_bytes{job="${name}"}`;
	const proven = `backup_restore_verified_timestamp{kind="${proof.kind}"}`;
	const limit = formatDuration(staleAfter);
	return [
		{
			alert: `${alert}BackupStale`,
			expr: `time() - ${success} > ${inSeconds(staleAfter)}`,
			for: "30m",
			severity: "critical",
			summary: `The last ${subject} backup is older than ${limit}`,
		},
		{
			alert: `${alert}BackupNeverSucceeded`,
			// The metric appears with the first success; until then only the job's own creation is known.
			expr: `${success} == 0 or (${created} unless on (namespace, cronjob) ${success})`,
			for: limit,
			severity: "critical",
			summary: `${subject} has never been backed up`,
		},
		{
			alert: `${alert}BackupFailed`,
			expr: `kube_job_status_failed{namespace="${namespace}", job_name=~"${name}-.*"} > 0`,
			for: "15m",
			severity: "warning",
			summary: "Job {{ $labels.job_name }} has failed",
		},
		{
			alert: `${alert}BackupShrunk`,
			// The backup of an emptied store succeeds; retention would then delete the good copies one by one.
			expr: `${size} < 0.1 * max_over_time(${size}[${retentionDays}d])`,
			for: "0m",
			severity: "critical",
			summary: `The last ${subject} backup has less than a tenth of the largest one's bytes: look before the good copies are gone`,
		},
		{
			alert: `${alert}BackupsOfTheFuture`,
			expr: `backup_names_ahead{job="${name}"} > 0`,
			for: "0m",
			severity: "warning",
			summary: `{{ $value }} ${subject} backups are named later than now: the clock has run ahead, and they are never given up`,
		},
		{
			alert: `${alert}RestoreNotProven`,
			// Before the first proof only the age of the job is known.
			expr: `(time() - ${proven} > ${inSeconds(proof.within)}) or (time() - kube_cronjob_created{namespace="${namespace}", cronjob="${proof.name}"} > ${inSeconds(proof.within)} unless on() ${proven})`,
			for: "0m",
			severity: "warning",
			summary: `No restore of ${subject} has been proven for ${formatDuration(proof.within)}: the log of the last job ${proof.name} says why`,
		},
	];
}

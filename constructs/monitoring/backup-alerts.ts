import { formatDuration } from "../../config/schema/primitives.ts";
import type { AlertRule } from "./alert-rule.ts";

export interface BackupAlertsProps {
	/** First word of the alerts' names and of their texts, such as `Redis`. */
	readonly subject: string;
	readonly namespace: string;
	/** Name of the CronJob. */
	readonly task: string;
	/** Seconds after which the last backup is too old: one interval and a margin. */
	readonly staleAfter: number;
}

/** What a backup that stopped, failed, or never ran at all is noticed by. */
export function backupAlerts({ subject, namespace, task, staleAfter }: BackupAlertsProps): AlertRule[] {
	const alert = subject.replaceAll(" ", "");
	const success = `kube_cronjob_status_last_successful_time{namespace="${namespace}", cronjob="${task}"}`;
	const created = `kube_cronjob_created{namespace="${namespace}", cronjob="${task}"}`;
	const limit = formatDuration(staleAfter * 1000);
	return [
		{
			alert: `${alert}BackupStale`,
			expr: `time() - ${success} > ${staleAfter}`,
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
			expr: `kube_job_status_failed{namespace="${namespace}", job_name=~"${task}-.*"} > 0`,
			for: "15m",
			severity: "warning",
			summary: "Job {{ $labels.job_name }} has failed",
		},
	];
}

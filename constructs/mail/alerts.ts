import type { AlertRule } from "../monitoring/alert-rule.ts";
import { backupAlerts } from "../monitoring/backup-alerts.ts";

/** A daily backup counts as stale twelve hours after the next one was due. */
const staleBackupSeconds = 36 * 3600;

export interface MailAlertSubjects {
	readonly namespace: string;
	/** Name of the server's Deployment. */
	readonly server: string;
	/** Name of the backup's CronJob. */
	readonly backup: string;
}

/** Alerts of the mail server: other servers keep trying for days, people notice within minutes. */
export function mailAlerts({ namespace, server, backup }: MailAlertSubjects): AlertRule[] {
	const available = `kube_deployment_status_replicas_available{namespace="${namespace}", deployment="${server}"}`;
	return [
		{
			alert: "MailServerDown",
			expr: `(${available} or on() vector(0)) < 1`,
			for: "5m",
			severity: "critical",
			summary:
				"The mail server is not ready: nobody can send or read, and incoming mail waits at its senders",
		},
		...backupAlerts({ subject: "Mailserver", namespace, task: backup, staleAfter: staleBackupSeconds }),
	];
}

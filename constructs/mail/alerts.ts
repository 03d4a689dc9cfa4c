import { formatDuration, inSeconds } from "../../config/schema/duration.ts";
import type { AlertRule } from "../monitoring/alert-rule.ts";
import { type BackupSubject, backupAlerts } from "../monitoring/backup-alerts.ts";

type Program = Pick<BackupSubject, "name" | "staleAfter">;

/**
 * Deferred messages that are a trouble of the relay, not of a recipient. Mail leaves by one relay, which takes all or
 * nothing; a site sends some ten messages a day.
 */
const manyDeferred = 25;

export interface MailAlertSubjects {
	readonly namespace: string;
	/** Name of the server's Deployment. */
	readonly server: string;
	/** Name of the webmail's Deployment. */
	readonly webmail: string;
	/** Job under which the server pushes what waits in its queue. */
	readonly queue: string;
	/** Probe, with the job under which it pushes metrics and the seconds after which these are stale. */
	readonly probe: Program;
	readonly retention: Program;
	/** Backups by what they save. */
	readonly backups: Readonly<Record<string, BackupSubject>>;
}

/**
 * Alerts of mail (docs/reference/mail.md#alerts). Senders retry for days, so a failed probe alerts only after three
 * failed runs; a server that is down alerts at once.
 */
export function mailAlerts(subjects: MailAlertSubjects): AlertRule[] {
	const { namespace, server, webmail, queue, probe, retention, backups } = subjects;
	const available = (deployment: string) =>
		`(kube_deployment_status_replicas_available{namespace="${namespace}", deployment="${deployment}"} or on() vector(0)) < 1`;
	const sinceProbe = formatDuration(probe.staleAfter);
	return [
		{
			alert: "MailServerDown",
			expr: available(server),
			for: "5m",
			severity: "critical",
			summary:
				"The mail server is not ready: nobody can send or read, and incoming mail waits at its senders",
		},
		{
			alert: "WebmailDown",
			expr: available(webmail),
			for: "15m",
			severity: "warning",
			summary: "The webmail is not ready; other clients are not affected",
		},
		...queueAlerts(queue),
		{
			alert: "EmailRoundtripFailing",
			expr: `email_roundtrip_success{job="${probe.name}"} == 0`,
			for: "1h",
			severity: "critical",
			summary: "Mail that the relay takes does not arrive",
		},
		{
			alert: "EmailRoundtripStale",
			expr: `time() - email_roundtrip_last_success_timestamp{job="${probe.name}"} > ${inSeconds(probe.staleAfter)}`,
			for: "10m",
			severity: "warning",
			summary: `No probe has arrived for more than ${sinceProbe}`,
		},
		{
			alert: "EmailRoundtripNeverRun",
			expr: `absent(email_roundtrip_success{job="${probe.name}"})`,
			for: sinceProbe,
			severity: "warning",
			summary: "The probe of mail has never reported",
		},
		{
			alert: "EmailOutgoingFailing",
			expr: `email_outgoing_success{job="${probe.name}"} == 0`,
			for: "1h",
			severity: "critical",
			summary: "Mail that people send does not leave, or does not come back from the relay",
		},
		{
			alert: "EmailOutgoingUnauthenticated",
			expr: `email_outgoing_authenticated{job="${probe.name}"} == 0`,
			for: "1h",
			severity: "critical",
			summary:
				"Mail leaves, but neither its signature nor its sender's address passes DMARC: receivers mark or refuse it",
		},
		{
			alert: "EmailLoginFailing",
			expr: `email_login_success{job="${probe.name}"} == 0`,
			for: "1h",
			severity: "critical",
			summary: "Clients of the outside world cannot log in at {{ $labels.listener }}",
		},
		{
			alert: "SpamRetentionStale",
			expr: `time() - spam_retention_last_success_timestamp{job="${retention.name}"} > ${inSeconds(retention.staleAfter)}`,
			for: "1h",
			severity: "warning",
			summary: `Old mail of the catch-all account has not been deleted for ${formatDuration(retention.staleAfter)}`,
		},
		...Object.entries(backups).flatMap(([subject, task]) => backupAlerts({ subject, namespace, task })),
	];
}

/**
 * Alerts of the queue. The Pushgateway keeps the last numbers for ever, so that their age is an alert of its own; one
 * that has never come is as unknown as an old one.
 */
function queueAlerts(job: string): AlertRule[] {
	const told = `mail_queue_last_success_timestamp{job="${job}"}`;
	return [
		{
			alert: "EmailQueueOld",
			expr: `mail_queue_oldest_seconds{job="${job}"} > 3600`,
			for: "5m",
			severity: "critical",
			summary: "Mail has waited for more than an hour: the relay or a mailbox does not take it",
		},
		{
			alert: "EmailQueueLong",
			expr: `mail_queue_messages{job="${job}", queue="deferred"} > ${manyDeferred}`,
			for: "15m",
			severity: "warning",
			summary: "{{ $value }} messages were put off and wait for another try",
		},
		{
			alert: "EmailQueueUnknown",
			expr: `time() - ${told} > 600 or absent(${told})`,
			for: "10m",
			severity: "warning",
			summary: "Nobody knows what waits in the queue: the mail server has not told for ten minutes",
		},
	];
}

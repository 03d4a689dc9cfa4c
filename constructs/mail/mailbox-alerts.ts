import { mailboxQuotas } from "../../config/schema/mail-quota.ts";
import type { Site } from "../../config/schema/site.ts";
import type { AlertRule } from "../monitoring/alert-rule.ts";

/**
 * Alerts of mailboxes that are full; none without `mail.quota`. Owners are told by mail beforehand, but nobody reads the
 * catch-all's, and its mail is that of every address without a mailbox.
 *
 * @param job under which the server pushes what each mailbox uses
 */
export function mailboxAlerts(site: Pick<Site, "mail">, job: string): AlertRule[] {
	const { quota, catchAll } = site.mail;
	if (quota === undefined) return [];
	const told = `mail_mailbox_last_success_timestamp{job="${job}"}`;
	const full = (account: string) =>
		`mail_mailbox_used_bytes{job="${job}", ${account}} >= on (account) mail_mailbox_limit_bytes{job="${job}"}`;
	const ofCatchAll: AlertRule = {
		alert: "CatchAllFull",
		expr: full(`account="${catchAll}"`),
		for: "15m",
		severity: "critical",
		summary:
			"The catch-all's mailbox is full: mail for addresses without a mailbox, reports and the probe among it, is put off and returned after days",
	};
	return [
		...(mailboxQuotas(site).has(catchAll) ? [ofCatchAll] : []),
		{
			alert: "MailboxFull",
			expr: full(`account!="${catchAll}"`),
			for: "1h",
			severity: "warning",
			summary: "The mailbox of {{ $labels.account }} is full: mail for it waits at its senders",
		},
		{
			alert: "MailboxesUnknown",
			expr: `time() - ${told} > 600 or absent(${told})`,
			for: "10m",
			severity: "warning",
			summary: "Nobody knows how full mailboxes are: the mail server has not told for ten minutes",
		},
	];
}

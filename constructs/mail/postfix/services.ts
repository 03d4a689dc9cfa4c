import { messagesInTransfer } from "../../../config/schema/mail-memory.ts";
import type { Site } from "../../../config/schema/site.ts";
import { configDirectory, quotaPort } from "../environment.ts";
import { type MailListener, mailListeners } from "../listeners.ts";
import { relayHost } from "./main-cf.ts";

/** A service of `master.cf` (master(5)), with the parameters that it overrides. */
export interface PostfixService {
	/** Name and type as postconf(1) writes them, such as `2525/inet`. */
	readonly id: string;
	/** The eight columns of its line. */
	readonly entry: string;
	readonly options: Options;
}

type Options = Readonly<Record<string, string>>;

/** Timeout for the PROXY header. */
const headerTimeout = "5s";

/** Name of the table with `submissionRecipients` in the pod. */
export const submissionRecipientsFile = "submission-recipients";

/**
 * What becomes of submitted mail by its recipient (access(5)). Mail to the probe's address goes out by the relay, which
 * brings it back to port 25: the only mail of this domain that shows whether mail leaves.
 */
export function submissionRecipients(site: Pick<Site, "mail">): string {
	return `${site.mail.probe.recipient} FILTER smtp:${relayHost(site)}\n`;
}

/** Asks Dovecot whether the mailbox of a recipient is full. */
export const quotaCheck = `check_policy_service inet:127.0.0.1:${quotaPort}`;

/** A client that submits mail has authenticated, uses TLS, and sends only as itself. */
const submissionOptions = ({ mail }: Pick<Site, "mail">) => ({
	smtpd_sasl_auth_enable: "yes",
	smtpd_sasl_type: "dovecot",
	smtpd_tls_auth_only: "yes",
	smtpd_reject_unlisted_recipient: "no",
	smtpd_sasl_authenticated_header: "yes",
	smtpd_client_restrictions: "permit_sasl_authenticated,reject",
	smtpd_relay_restrictions: "permit_sasl_authenticated,reject",
	smtpd_sender_restrictions: "$mua_sender_restrictions",
	smtpd_recipient_restrictions: [
		`check_recipient_access,texthash:${configDirectory}/${submissionRecipientsFile}`,
		...(mail.quota ? [quotaCheck.replace(" ", ",")] : []),
		"permit_sasl_authenticated,reject",
	].join(),
	smtpd_discard_ehlo_keywords: "",
	milter_macro_daemon_name: "ORIGINATING",
	cleanup_service_name: "sender-cleanup",
});

/** Services of the image that are named after their port instead of its number. */
const stockNames: Readonly<Record<number, string>> = { 465: "submissions", 587: "submission" };

/**
 * Services of Postfix beyond those of the image, and the options of its submission services: both come from one list,
 * so that clients inside and outside meet the same rules.
 */
export function postfixServices(site: Pick<Site, "mail">): readonly PostfixService[] {
	return mailListeners(site).flatMap((listener) => {
		if (listener.protocol === "imap" || listener.protocol === "sieve") return [];
		if (listener.protocol === "smtp") return [...stockPostscreen(listener), proxiedPostscreen(listener)];
		const options = submissionOptions(site);
		return [stockSubmission(listener, options), proxiedSubmission(listener, options)];
	});
}

/** The image has one on port 25. */
function stockPostscreen({ stock }: MailListener): readonly PostfixService[] {
	if (stock.port === 25) return [];
	return [{ id: `${stock.port}/inet`, entry: entry(stock.port, "1", "postscreen"), options: {} }];
}

function proxiedPostscreen({ proxied }: MailListener): PostfixService {
	return {
		id: `${proxied.port}/inet`,
		entry: entry(proxied.port, "1", "postscreen"),
		options: {
			syslog_name: "haproxy",
			postscreen_upstream_proxy_protocol: "haproxy",
			postscreen_upstream_proxy_timeout: headerTimeout,
		},
	};
}

function stockSubmission({ stock, tls }: MailListener, options: Options): PostfixService {
	const name = stockNames[stock.port] ?? String(stock.port);
	return {
		id: `${name}/inet`,
		entry: entry(name, "-", "smtpd"),
		options: { syslog_name: submissionTag(tls), ...tlsOptions(tls), ...options },
	};
}

function proxiedSubmission({ proxied, tls }: MailListener, options: Options): PostfixService {
	return {
		id: `${proxied.port}/inet`,
		entry: entry(proxied.port, "-", "smtpd"),
		options: {
			syslog_name: `${submissionTag(tls)}-haproxy`,
			...tlsOptions(tls),
			...options,
			smtpd_upstream_proxy_protocol: "haproxy",
			smtpd_upstream_proxy_timeout: headerTimeout,
		},
	};
}

/** Not in a chroot: the authentication socket of Dovecot is outside the queue directory. */
function entry(name: string | number, processes: string, program: string): string {
	return `${name} inet n - n - ${processes} ${program}`;
}

function tlsOptions(tls: MailListener["tls"]): Options {
	return tls === "implicit" ? { smtpd_tls_wrappermode: "yes" } : { smtpd_tls_security_level: "encrypt" };
}

/**
 * Name in the log. CrowdSec parses services of known names only (`postfix-logs` and `postscreen-logs` of its hub).
 * Connections through the edge appear as `haproxy` there.
 */
function submissionTag(tls: MailListener["tls"]): string {
	return tls === "implicit" ? "postfix/smtps" : "postfix/submission";
}

/**
 * The image's service behind every postscreen, which serves strangers: a process takes in one message. Where all are busy,
 * Postfix hurries its clients (STRESS_README). There is no such limit for the processes of cleanup(8).
 */
const strangersLimit = `-F\tsmtpd/pass/process_limit=${messagesInTransfer.strangers}`;

/**
 * The services as lines of two columns, separated by a tab: what postconf(1) takes after `-M` to add or replace a
 * service, after `-P` to set one of its options, and after `-F` to set a column. Read by `user-patches.sh`.
 */
export function renderServices(services: readonly PostfixService[]): string {
	return services
		.flatMap(({ id, entry, options }) => [
			`-M\t${id}=${entry}`,
			...Object.entries(options).map(([name, value]) => `-P\t${id}/${name}=${value}`),
		])
		.concat(strangersLimit, "")
		.join("\n");
}

import { mailDomains } from "../../../config/schema/mail-domains.ts";
import { mailboxQuotas } from "../../../config/schema/mail-quota.ts";
import type { Site } from "../../../config/schema/site.ts";
import { configDirectory, quotaPort } from "../environment.ts";
import type { Section } from "./section.ts";

/** What the sender hears of a full mailbox. It is for the time being, so that the sender's server tries again for days. */
const full = "452 4.2.2 The mailbox is full, try again later";

/** Shares of a quota in percent at which the owner gets a mail. */
const warnings = [80, 95] as const;

/** Table of the addresses without a mailbox, for the service that Postfix asks and no other: `%s` is its name. */
const recipientsFile = "/etc/dovecot/%s.users";
/** The same, for that service. */
export const quotaRecipientsFile = recipientsFile.replace("%s", "quota-status");

/**
 * Quotas in Dovecot 2.3. They do not use the image's own: with these every alias is a user, who logs in with the
 * password of the first account whose address contains the target's.
 *
 * Every mailbox takes one message of any size while it is below its quota, so that what Postfix has taken is delivered.
 */
export function quotaSettings(site: Pick<Site, "mail" | "network">): Section {
	if (site.mail.quota === undefined) return [];
	const largest = site.mail.messageSizeLimit;
	const plugins = (...names: string[]): Section => [["mail_plugins", `$mail_plugins ${names.join(" ")}`]];
	return [
		...plugins("quota"),
		// Mail that is there already stays in the queue, for what happened after Postfix had asked.
		["quota_full_tempfail", "yes"],
		["protocol imap", plugins("quota", "imap_quota")],
		["protocol lmtp", plugins("quota")],
		[
			"plugin",
			[
				["quota", "count:Mailbox"],
				["quota_vsizes", "yes"],
				// Replaced by the limit of the account.
				["quota_rule", "*:storage=0"],
				// Room to delete from a full mailbox: one message over the quota, and the copy of one.
				["quota_rule2", `Trash:storage=+${2 * largest}B`],
				["quota_grace", `${largest}B`],
				["quota_status_success", "DUNNO"],
				["quota_status_nouser", "DUNNO"],
				["quota_status_overquota", full],
				["quota_status_toolarge", full],
				...warnings
					.toReversed()
					.map(
						(percent, index) =>
							[
								`quota_warning${index === 0 ? "" : index + 1}`,
								`storage=${percent}%% quota-warning ${percent} %u`,
							] as const,
					),
			],
		],
		[
			"service quota-warning",
			[
				["executable", `script ${configDirectory}/quota-warning.sh plugin/quota=count:Mailbox:noenforcing`],
				["unix_listener quota-warning", [["mode", "0666"]]],
			],
		],
		[
			"service quota-status",
			[
				["executable", "quota-status -p postfix"],
				[
					"inet_listener",
					[
						["address", "127.0.0.1"],
						["port", quotaPort],
					],
				],
				["client_limit", 1],
			],
		],
		...["%u", "@%d"].map(
			(name) =>
				[
					"userdb",
					[
						["driver", "passwd-file"],
						["args", `username_format=${name} ${recipientsFile}`],
						["default_fields", "uid=5000 gid=5000"],
					],
				] as const,
		),
	];
}

/** Field of an account in a table of users: its limit in bytes; 0 is none. */
const limitField = (bytes: number) => `userdb_quota_rule=*:bytes=${bytes}`;

/** Fields of the accounts beside address and password: lines `address fields`. */
export function accountFields(site: Pick<Site, "mail">): string {
	return [...mailboxQuotas(site)].map(([account, bytes]) => `${account} ${limitField(bytes)}\n`).join("");
}

/** Fields of an address whose mail is taken whatever is full. */
export const unlimitedFields = ({ mail }: Pick<Site, "mail">) =>
	`userdb_user=${mail.catchAll} ${limitField(0)}`;

/**
 * What Postfix' question about an address without a mailbox is answered by (passwd-file): an alias of one mailbox has
 * that one's quota, and so have the addresses that only the catch-all gets. Mail for several people, or for somebody
 * outside, is taken.
 */
export function quotaRecipients(site: Pick<Site, "mail" | "network">): string {
	const { accounts, aliases } = site.mail;
	const limits = mailboxQuotas(site);
	const fields = (mailbox: string) => `userdb_user=${mailbox} ${limitField(limits.get(mailbox) ?? 0)}`;
	const ends = (address: string): string[] => aliases[address]?.flatMap(ends) ?? [address];
	const ofAlias = (alias: string) => {
		const [mailbox, ...others] = new Set(ends(alias));
		return mailbox !== undefined && others.length === 0 && accounts.includes(mailbox)
			? fields(mailbox)
			: unlimitedFields(site);
	};
	return [
		...Object.keys(aliases).map((alias) => [alias, ofAlias(alias)]),
		...mailDomains(site).flatMap(({ name, catchAll }) => (catchAll ? [[`@${name}`, fields(catchAll)]] : [])),
	]
		.map(([name, text]) => `${name}:::::::${text}\n`)
		.join("");
}

import { mailDomains } from "../../../config/schema/mail-domains.ts";
import { mailboxQuotas } from "../../../config/schema/mail-quota.ts";
import type { Site } from "../../../config/schema/site.ts";
import { quotaSettings23, quotaSettings24, recipientsFile } from "./quota-settings.ts";
import type { Section } from "./section.ts";

/** Path in the pod of the table with `quotaRecipients`. */
export const quotaRecipientsFile = recipientsFile("quota-status");

/**
 * Quotas of mailboxes. They do not use the image's own: with these every alias is a user, who logs in with the password
 * of the first account whose address contains the target's.
 */
export function quotaSettings(site: Pick<Site, "mail">): Section {
	const { quota, dovecot } = site.mail;
	if (quota === undefined) return [];
	return dovecot === "2.3" ? quotaSettings23(site) : quotaSettings24(site);
}

/** Field of an account in a table of users: its limit in bytes; 0 is none. */
const limitField = ({ mail }: Pick<Site, "mail">, bytes: number) =>
	mail.dovecot === "2.3" ? `userdb_quota_rule=*:bytes=${bytes}` : `userdb_quota_storage_size=${bytes}`;

/** Fields of the accounts beside address and password: lines `address fields`. */
export function accountFields(site: Pick<Site, "mail">): string {
	return [...mailboxQuotas(site)]
		.map(([account, bytes]) => `${account} ${limitField(site, bytes)}\n`)
		.join("");
}

/** Fields of an address whose mail is taken whatever is full. */
export const unlimitedFields = (site: Pick<Site, "mail">) =>
	`userdb_user=${site.mail.catchAll} ${limitField(site, 0)}`;

/**
 * What Postfix' question about an address without a mailbox is answered by (passwd-file): an alias of one mailbox has
 * that one's quota, and so have the addresses that only the catch-all gets. Mail for several people, or for somebody
 * outside, is taken.
 */
export function quotaRecipients(site: Pick<Site, "mail" | "network">): string {
	const { accounts, aliases } = site.mail;
	const limits = mailboxQuotas(site);
	const fields = (mailbox: string) => `userdb_user=${mailbox} ${limitField(site, limits.get(mailbox) ?? 0)}`;
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
		.map(([name, text]) => `${name}::5000:5000::::${text}\n`)
		.join("");
}

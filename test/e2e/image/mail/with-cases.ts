import type { Site } from "../../../../config/schema/site.ts";
import { sieve } from "../../mail/mail-harness.ts";

/**
 * A site with the accounts that the cases ask for, and a listener for filters. Their names are part of others, or match
 * them as a pattern: the image looks for names in texts.
 *
 * @param second a further domain of the site
 */
export function withCases({ mail, ...site }: Site, second: string): Site {
	const own = ["welcome", "a-b", "a.b"].map((name) => `${name}@${site.network.domain}`);
	return {
		...site,
		mail: {
			...mail,
			// Of the further domain, to an account of the first.
			aliases: { ...mail.aliases, [`sales@${second}`]: [`me@${site.network.domain}`] },
			accounts: [...own, ...mail.accounts, `me@${second}`],
			listeners: { ...mail.listeners, sieve },
		},
	};
}

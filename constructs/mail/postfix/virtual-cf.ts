import { mailDomains } from "../../../config/schema/mail-domains.ts";
import type { Site } from "../../../config/schema/site.ts";

/**
 * The table of aliases (virtual(5)). Aliases are looked up before mailboxes, so every account has a line that maps it
 * to itself; without it the catch-all would get its mail.
 */
export function postfixVirtualCf({ mail, network }: Pick<Site, "mail" | "network">): string {
	return [
		...mail.accounts.map((account) => `${account} ${account}`),
		...Object.entries(mail.aliases).map(([alias, targets]) => `${alias} ${targets.join(",")}`),
		...mailDomains({ mail, network }).flatMap(({ name, catchAll }) =>
			catchAll ? [`@${name} ${catchAll}`] : [],
		),
		"",
	].join("\n");
}

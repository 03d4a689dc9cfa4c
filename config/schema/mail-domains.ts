import { mailDns } from "./mail-dns.ts";
import { label } from "./primitives.ts";
import type { Site } from "./site.ts";
import { versionedKey } from "./vault.ts";
import { z } from "./zod.ts";

/** A domain that the mail server serves beside `network.domain`. */
export const furtherMailDomain = z.strictObject({
	zoneId: z
		.string()
		.regex(/^[0-9a-f]{32}$/, "expected the 32 hexadecimal digits of a zone")
		.optional()
		.describe("Its zone at the DNS provider; that of `network.domain` when it lies below"),
	catchAll: z
		.boolean()
		.describe("Whether `mail.catchAll` gets what nobody else does; otherwise such mail is refused"),
	dkimSelector: label,
	key: versionedKey.describe("PEM private key of the selector: the other half of its `dns.dkim`"),
	// The policy would have to be served below the domain, where the site has no host.
	dns: mailDns.omit({ mtaSts: true }),
});

/** A domain whose mail the server takes and signs. */
export interface MailDomainFacts {
	readonly name: string;
	/** Place of its settings in the site. */
	readonly path: string;
	/** Account that gets what nobody else does; without one such mail is refused. */
	readonly catchAll: string | undefined;
	readonly dkimSelector: string;
	/** Where the private half of the selector's key is. */
	readonly key: Site["mail"]["secrets"]["dkim"];
	readonly dns: Site["mail"]["dns"];
	/** @default the site's */
	readonly zoneId?: string | undefined;
}

/** Every domain of the mail server, `network.domain` first. */
export function mailDomains({ network, mail }: Pick<Site, "network" | "mail">): readonly MailDomainFacts[] {
	const { catchAll, dkimSelector, dns, secrets } = mail;
	return [
		{ name: network.domain, path: "mail", catchAll, dkimSelector, key: secrets.dkim, dns },
		...Object.entries(mail.domains).map(([name, domain]) => ({
			...domain,
			name,
			path: `mail.domains.${name}`,
			catchAll: domain.catchAll ? catchAll : undefined,
		})),
	];
}

/** The domain of an address, as it is written there. */
export const domainOf = (address: string): string => address.slice(address.lastIndexOf("@") + 1);

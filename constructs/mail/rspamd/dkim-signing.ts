import { type MailDomainFacts, mailDomains } from "../../../config/schema/mail-domains.ts";
import type { Site } from "../../../config/schema/site.ts";
import { VisibleError } from "../../../config/schema/visible-error.ts";

type MailSite = Pick<Site, "mail" | "network">;

/** Name of the list of keys in the pod: lines "domain path". */
export const dkimKeysFile = "dkim-keys";

/** Where the private key of each domain is put when the pod starts. */
export function dkimKeys(site: MailSite): string {
	return mailDomains(site)
		.map((domain) => `${domain.name} ${keyFile(domain)}\n`)
		.join("");
}

function keyFile({ name, dkimSelector }: MailDomainFacts): string {
	return `/tmp/docker-mailserver/rspamd/dkim/${name}/${dkimSelector}.private`;
}

/**
 * Files with the PEM of the public keys in the DNS, whose private halves must be those of the pod: `dkim-<domain>.pem`.
 */
export function publishedKeys(site: MailSite): Record<string, string> {
	return Object.fromEntries(
		mailDomains(site).map(({ name, path, dns, dkimSelector }) => {
			const key = dns.dkim[dkimSelector];
			if (key === undefined) throw new VisibleError(`${path}.dns.dkim has no ${dkimSelector}`);
			return [`dkim-${name}.pem`, key.publicKey];
		}),
	);
}

/**
 * Configuration of Rspamd's module `dkim_signing`: mail of authenticated users is signed for the domain of its From
 * header. Mail from private addresses is not signed: any pod could have it signed otherwise.
 *
 * The domain is used unchanged. With `use_esld` Rspamd would look for a key of the registrable domain, `example.org`
 * for `lab.example.org`, and find none.
 *
 * An account may send as an alias of another domain, which Rspamd signs only where it need not be the login's domain.
 * Postfix has made sure that the sender of the envelope is the account's, and Rspamd that the From header has its domain;
 * without a sender both would look at nothing, so that such mail is not signed there.
 */
export function dkimSigningConf(site: MailSite): string {
	const all = mailDomains(site);
	const domains = all.map(
		(domain) => `  ${domain.name} {
    path = "${keyFile(domain)}";
    selector = "${domain.dkimSelector}";
  }
`,
	);
	return `enabled = true;
sign_authenticated = true;
sign_local = false;
use_domain = "header";
use_redis = false;
use_esld = false;
${all.length > 1 ? "allow_username_mismatch = true;\nallow_envfrom_empty = false;\n" : ""}domain {
${domains.join("")}}
`;
}

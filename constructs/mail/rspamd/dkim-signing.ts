import type { Site } from "../../../config/schema/site.ts";
import { VisibleError } from "../../../config/schema/visible-error.ts";

/** Path of the private key, which is put there when the pod starts. */
export function dkimKeyFile({ mail, network }: Pick<Site, "mail" | "network">): string {
	return `/tmp/docker-mailserver/rspamd/dkim/${network.domain}/${mail.dkimSelector}.private`;
}

/** PEM of the public key in the DNS, whose private half must be the key of the pod. */
export function publishedKey({ mail }: Pick<Site, "mail">): string {
	const key = mail.dns.dkim[mail.dkimSelector];
	if (key === undefined) throw new VisibleError(`mail.dns.dkim has no ${mail.dkimSelector}`);
	return key.publicKey;
}

/**
 * Configuration of Rspamd's module `dkim_signing`: mail of authenticated users is signed for the domain of its From
 * header. Mail from private addresses is not signed: any pod could have it signed otherwise.
 *
 * The domain is used unchanged. With `use_esld` Rspamd would look for a key of the registrable domain, `example.org`
 * for `lab.example.org`, and find none.
 */
export function dkimSigningConf(site: Pick<Site, "mail" | "network">): string {
	const { mail, network } = site;
	const key = `  path = "${dkimKeyFile(site)}";
  selector = "${mail.dkimSelector}";`;
	return `enabled = true;
sign_authenticated = true;
sign_local = false;
use_domain = "header";
use_redis = false;
use_esld = false;
domain {
  ${network.domain} {
  ${key.replaceAll("\n", "\n  ")}
  }
}
`;
}

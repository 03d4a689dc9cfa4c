import type { Site } from "../../../config/schema/site.ts";

/** Path of the private key, which is put there when the pod starts. */
export function dkimKeyFile({ mail, network }: Pick<Site, "mail" | "network">): string {
	return `/tmp/docker-mailserver/rspamd/dkim/${network.domain}/${mail.dkimSelector}.private`;
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

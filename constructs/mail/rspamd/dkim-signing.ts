import type { Site } from "../../../config/schema/site.ts";

/** Where the private key is found; it is put there when the pod starts. */
export function dkimKeyFile({ mail, network }: Pick<Site, "mail" | "network">): string {
	return `/tmp/docker-mailserver/rspamd/dkim/${network.domain}/${mail.dkimSelector}.private`;
}

/**
 * Rspamd's module `dkim_signing`: mail of people who logged in is signed for the domain of its header. Mail from a
 * private address alone is not: that would sign whatever anybody in the cluster hands over.
 *
 * The domain is taken as it is. With `use_esld` Rspamd would look for a key of the registrable one, `example.org` for
 * `lab.example.org`, and find none.
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

import type { Site } from "../../../config/schema/site.ts";
import { mailListeners, nodePortNetworks } from "../listeners.ts";

/** Port of the image's own listener for IMAP with TLS. */
const stockPort = 993;

/**
 * Settings added to the image's Dovecot 2.3: the listeners that the image does not have, and the networks whose PROXY headers they
 * trust.
 *
 * Those are the networks from which the pod sees node-port traffic. When one is missing, logins through its nodes fail,
 * while delivery goes on.
 */
export function dovecotLocalConf(site: Pick<Site, "mail" | "cluster" | "network">): string {
	const listener = (name: string, port: number, header = "") => `  inet_listener ${name} {
    port = ${port}
    ssl = yes${header}
  }`;
	const listeners = mailListeners(site)
		.filter(({ protocol }) => protocol === "imap")
		.flatMap(({ name, stock, proxied }) => [
			...(stock.port === stockPort ? [] : [listener(`${name}_stock`, stock.port)]),
			listener(`${name}_proxy`, proxied.port, "\n    haproxy = yes"),
		]);
	return `# Every session of the webmail comes from one address.
mail_max_userip_connections = 50
auth_failure_delay = 5s
haproxy_trusted_networks = ${nodePortNetworks(site).join(" ")}

service imap-login {
  inet_listener imap {
    # Without TLS, which nobody uses.
    port = 0
  }
${listeners.join("\n")}
}
`;
}

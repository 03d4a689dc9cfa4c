import type { Site } from "../../../config/schema/site.ts";
import { mailListeners, nodePortNetworks } from "../listeners.ts";

/**
 * Settings added to the image's Dovecot 2.3: the listeners behind the edge, and the networks whose PROXY headers they
 * trust.
 *
 * Those are the networks from which the pod sees node-port traffic. When one is missing, logins through its nodes fail,
 * while delivery goes on.
 */
export function dovecotLocalConf(site: Pick<Site, "mail" | "cluster" | "network">): string {
	const listeners = mailListeners(site)
		.filter(({ protocol }) => protocol === "imap")
		.map(
			({ name, proxied }) => `  inet_listener ${name}_proxy {
    port = ${proxied.port}
    ssl = yes
    haproxy = yes
  }`,
		);
	return `# Every session of the webmail comes from one address.
mail_max_userip_connections = 50
auth_failure_delay = 5s
haproxy_trusted_networks = ${nodePortNetworks(site).join(" ")}

service imap-login {
${listeners.join("\n")}
}
`;
}

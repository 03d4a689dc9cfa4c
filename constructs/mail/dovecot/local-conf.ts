import type { Site } from "../../../config/schema/site.ts";
import { mailListeners, nodePortNetworks } from "../listeners.ts";

/**
 * Settings that are added to the image's Dovecot 2.3: the listeners behind the edge, and whose headers they believe.
 *
 * Those are the networks that the pod sees node-port traffic come from. A missing one loses the logins of one node,
 * while mail goes on.
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

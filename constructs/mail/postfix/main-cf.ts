import type { Site } from "../../../config/schema/site.ts";

/** Place of the relay's credential; the table beside it is made when the pod starts. */
export const relayPasswords = "/etc/postfix/sasl/passwd";

/** Destination of everything that leaves, as Postfix names it: without a look for its mail exchangers. */
export function relayHost({ mail: { relay } }: Pick<Site, "mail">): string {
	return `[${relay.host}]:${relay.port}`;
}

/**
 * Parameters that are added to the image's `main.cf`, where the last value wins (postconf(5)). `mynetworks` is not
 * among them, and is no input: it stays empty, because a forged header may claim any address.
 */
export function postfixMainCf({ mail }: Pick<Site, "mail">): string {
	const { rateLimit } = mail;
	const parameters: Readonly<Record<string, string | number>> = {
		relayhost: relayHost({ mail }),
		// The image names a table here, which would win over the one relay of everybody.
		sender_dependent_relayhost_maps: "",
		smtp_sasl_auth_enable: "yes",
		smtp_sasl_password_maps: `hash:${relayPasswords}`,
		smtp_sasl_security_options: "noanonymous",
		smtp_sasl_tls_security_options: "noanonymous",
		smtp_tls_security_level: "encrypt",
		smtpd_tls_auth_only: "yes",
		smtpd_tls_loglevel: 1,
		header_size_limit: 4_096_000,
		smtpd_client_connection_rate_limit: rateLimit.connections,
		smtpd_client_message_rate_limit: rateLimit.messages,
		anvil_rate_time_unit: "60s",
		mynetworks: "",
		// Without the filter nothing is signed and nobody's word about the sender is checked. People send again, and other
		// servers try for days; else whoever makes the filter fail would be past it.
		milter_default_action: "tempfail",
		// Two postscreens share it: through proxymap, since the second to open the file itself would get no lock.
		postscreen_cache_map: "proxy:btree:$data_directory/postscreen_cache",
	};
	return Object.entries(parameters)
		.map(([name, value]) => `${name} = ${value}`.trimEnd())
		.concat("")
		.join("\n");
}

import type { Site } from "../../../config/schema/site.ts";

/** Path of the file with the credentials of the relay; its lookup table is made when the pod starts. */
export const relayPasswords = "/etc/postfix/sasl/passwd";

/** Relay for all outgoing mail in the notation of Postfix; the brackets suppress the MX lookup. */
export function relayHost({ mail: { relay } }: Pick<Site, "mail">): string {
	return `[${relay.host}]:${relay.port}`;
}

/**
 * Parameters added to the image's `main.cf`, where the last value wins (postconf(5)). `mynetworks` cannot be set here:
 * it stays empty, because a forged PROXY header may claim any address.
 */
export function postfixMainCf({ mail }: Pick<Site, "mail">): string {
	const { rateLimit, relay } = mail;
	const parameters: Readonly<Record<string, string | number>> = {
		relayhost: relayHost({ mail }),
		// The image sets a table here, which would override the relay.
		sender_dependent_relayhost_maps: "",
		smtp_sasl_auth_enable: "yes",
		smtp_sasl_password_maps: `hash:${relayPasswords}`,
		smtp_sasl_security_options: "noanonymous",
		smtp_sasl_tls_security_options: "noanonymous",
		// The relay gets a credential, so that it must prove its name.
		smtp_tls_security_level: "secure",
		smtp_tls_CAfile: "/etc/ssl/certs/ca-certificates.crt",
		smtp_tls_wrappermode: relay.tls === "implicit" ? "yes" : "no",
		// Whoever sent a mail hears that it waits, instead of after five days that it is given up.
		delay_warning_time: "4h",
		// Postfix takes a PROXY header of IPv6 only where it knows IPv6, whatever the pod's own network has.
		inet_protocols: "all",
		smtpd_tls_auth_only: "yes",
		smtpd_tls_loglevel: 1,
		header_size_limit: 4_096_000,
		smtpd_client_connection_rate_limit: rateLimit.connections,
		smtpd_client_message_rate_limit: rateLimit.messages,
		anvil_rate_time_unit: "60s",
		mynetworks: "",
		// Without the filter nothing is signed and no sender is checked. A temporary error makes clients and servers
		// retry; accepting would let a sender who brings the filter down evade it.
		milter_default_action: "tempfail",
		// Shared by two postscreens through proxymap: a second process cannot lock the file.
		postscreen_cache_map: "proxy:btree:$data_directory/postscreen_cache",
	};
	return Object.entries(parameters)
		.map(([name, value]) => `${name} = ${value}`.trimEnd())
		.concat("")
		.join("\n");
}

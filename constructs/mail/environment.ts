import type { Site } from "../../config/schema/site.ts";

/** Settings of docker-mailserver 15 that differ from its defaults; each of them is read by the image. */
export interface MailEnvironment {
	readonly OVERRIDE_HOSTNAME: string;
	readonly DEFAULT_RELAY_HOST: string;
	readonly POSTFIX_MESSAGE_SIZE_LIMIT: string;
	readonly POSTFIX_REJECT_UNKNOWN_CLIENT_HOSTNAME: "1";
	readonly SPOOF_PROTECTION: "1";
	readonly ENABLE_SRS: "1";
	readonly ENABLE_RSPAMD: "1";
	readonly ENABLE_RSPAMD_REDIS: "0";
	readonly RSPAMD_LEARN: "0";
	readonly ENABLE_AMAVIS: "0";
	readonly ENABLE_OPENDKIM: "0";
	readonly ENABLE_OPENDMARC: "0";
	readonly ENABLE_POLICYD_SPF: "0";
	readonly ENABLE_QUOTAS: "0";
	readonly ENABLE_FAIL2BAN: "0";
	readonly ENABLE_UPDATE_CHECK: "0";
	readonly SSL_TYPE: "manual";
	readonly SSL_CERT_PATH: string;
	readonly SSL_KEY_PATH: string;
}

/** Directory of the certificate in the pod. */
export const certificateDirectory = "/tmp/ssl";

/**
 * Ports on the pod's loopback that those in front need: the filter's, and those that rewrite the addresses of senders and
 * of recipients (SRS). Whoever adds a daemon by a setting here adds what it listens on.
 */
export const backingPorts = [11332, 10001, 10002] as const;

export function mailEnvironment(site: Pick<Site, "mail" | "network">, relay: string): MailEnvironment {
	return {
		OVERRIDE_HOSTNAME: `${site.mail.host}.${site.network.domain}`,
		DEFAULT_RELAY_HOST: relay,
		POSTFIX_MESSAGE_SIZE_LIMIT: String(site.mail.messageSizeLimit),
		POSTFIX_REJECT_UNKNOWN_CLIENT_HOSTNAME: "1",
		SPOOF_PROTECTION: "1",
		ENABLE_SRS: "1",
		// Rspamd signs, and checks SPF, DKIM and DMARC: nothing beside it does so a second time.
		ENABLE_RSPAMD: "1",
		ENABLE_AMAVIS: "0",
		ENABLE_OPENDKIM: "0",
		ENABLE_OPENDMARC: "0",
		ENABLE_POLICYD_SPF: "0",
		// With quotas every alias is a user of Dovecot, whose password is the first account that contains its target.
		ENABLE_QUOTAS: "0",
		// Learning needs a store that is not there.
		ENABLE_RSPAMD_REDIS: "0",
		RSPAMD_LEARN: "0",
		// Bans are CrowdSec's; a second system once banned the relay.
		ENABLE_FAIL2BAN: "0",
		ENABLE_UPDATE_CHECK: "0",
		SSL_TYPE: "manual",
		SSL_CERT_PATH: `${certificateDirectory}/tls.crt`,
		SSL_KEY_PATH: `${certificateDirectory}/tls.key`,
	};
}

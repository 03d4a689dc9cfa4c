import type { Site } from "../../config/schema/site.ts";

/**
 * Settings of docker-mailserver 15 that differ from its defaults; the rule `environment-known` checks that the image
 * reads each of them.
 */
export interface MailEnvironment {
	readonly OVERRIDE_HOSTNAME: string;
	readonly DEFAULT_RELAY_HOST: string;
	readonly POSTFIX_MESSAGE_SIZE_LIMIT: string;
	readonly POSTFIX_REJECT_UNKNOWN_CLIENT_HOSTNAME: "1";
	readonly SPOOF_PROTECTION: "1";
	readonly ENABLE_SRS: "1";
	readonly SRS_EXCLUDE_DOMAINS?: string;
	readonly ENABLE_RSPAMD: "1";
	readonly ENABLE_RSPAMD_REDIS: "0";
	readonly RSPAMD_LEARN: "0";
	readonly ENABLE_AMAVIS: "0";
	readonly ENABLE_OPENDKIM: "0";
	readonly ENABLE_OPENDMARC: "0";
	readonly ENABLE_POLICYD_SPF: "0";
	readonly ENABLE_QUOTAS: "0";
	readonly ENABLE_MANAGESIEVE: "0" | "1";
	readonly ENABLE_FAIL2BAN: "0";
	readonly ENABLE_UPDATE_CHECK: "0";
	readonly LOG_LEVEL: "info";
	readonly SSL_TYPE: "manual";
	readonly SSL_CERT_PATH: string;
	readonly SSL_KEY_PATH: string;
}

/** Directory of our files in the pod. */
export const configDirectory = "/etc/mail-config";

/** Directory of the certificate in the pod. */
export const certificateDirectory = "/tmp/ssl";

/** Port on the loopback where Postfix asks whether a mailbox is full; the image would have the same there. */
export const quotaPort = 65265;

/**
 * Ports on the pod's loopback that the listeners depend on: the filter, the rewriting of sender and recipient addresses
 * (SRS), and quotas. A setting here that adds a daemon needs its port in this list.
 */
export function backingPorts({ mail }: Pick<Site, "mail">): readonly number[] {
	return [11332, 10001, 10002, ...(mail.quota ? [quotaPort] : [])];
}

export function mailEnvironment(site: Pick<Site, "mail" | "network">, relay: string): MailEnvironment {
	const others = Object.keys(site.mail.domains);
	return {
		OVERRIDE_HOSTNAME: `${site.mail.host}.${site.network.domain}`,
		DEFAULT_RELAY_HOST: relay,
		POSTFIX_MESSAGE_SIZE_LIMIT: String(site.mail.messageSizeLimit),
		POSTFIX_REJECT_UNKNOWN_CLIENT_HOSTNAME: "1",
		SPOOF_PROTECTION: "1",
		ENABLE_SRS: "1",
		// Senders of our own domains stay as they are. The first is the one that others are rewritten to.
		...(others.length > 0 ? { SRS_EXCLUDE_DOMAINS: others.join(",") } : {}),
		// Rspamd signs and checks SPF, DKIM and DMARC; the other programs for that are off.
		ENABLE_RSPAMD: "1",
		ENABLE_AMAVIS: "0",
		ENABLE_OPENDKIM: "0",
		ENABLE_OPENDMARC: "0",
		ENABLE_POLICYD_SPF: "0",
		// With quotas the image makes every alias a user of Dovecot, with the password of the first account that
		// contains its target.
		ENABLE_QUOTAS: "0",
		ENABLE_MANAGESIEVE: Object.values(site.mail.listeners).some(({ protocol }) => protocol === "sieve")
			? "1"
			: "0",
		// Learning needs Redis, which the pod does not have.
		ENABLE_RSPAMD_REDIS: "0",
		RSPAMD_LEARN: "0",
		// CrowdSec bans addresses; Fail2ban beside it has banned the relay.
		ENABLE_FAIL2BAN: "0",
		ENABLE_UPDATE_CHECK: "0",
		// The image's default, which it warns about when nothing is set.
		LOG_LEVEL: "info",
		SSL_TYPE: "manual",
		SSL_CERT_PATH: `${certificateDirectory}/tls.crt`,
		SSL_KEY_PATH: `${certificateDirectory}/tls.key`,
	};
}

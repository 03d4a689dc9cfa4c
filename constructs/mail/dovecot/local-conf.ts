import type { Site } from "../../../config/schema/site.ts";
import { type MailListener, mailListeners, nodePortNetworks } from "../listeners.ts";
import { quotaSettings } from "./quota.ts";
import { renderSection, type Section } from "./section.ts";

/** A listener. @param options further settings */
const listener = (name: string, port: number, ...options: Section): Section[number] => [
	`inet_listener ${name}`,
	[["port", port], ...options],
];

/** Port of the image's own listener for IMAP with TLS. */
const stockPort = 993;

/** IMAP: the image has a listener without TLS, which nobody uses, and one with it. */
function imapListeners(listeners: readonly MailListener[]): Section {
	return [
		listener("imap", 0),
		...listeners.flatMap(({ name, stock, proxied }) => [
			...(stock.port === stockPort ? [] : [listener(`${name}_stock`, stock.port, ["ssl", "yes"])]),
			listener(`${name}_proxy`, proxied.port, ["ssl", "yes"], ["haproxy", "yes"]),
		]),
	];
}

/** ManageSieve: TLS follows by STARTTLS, without which no password is taken. The image's listener makes place for ours. */
function sieveListeners(listeners: readonly MailListener[]): Section {
	return [
		listener("sieve", 0),
		...listeners.flatMap(({ name, stock, proxied }) => [
			listener(`${name}_stock`, stock.port),
			listener(`${name}_proxy`, proxied.port, ["haproxy", "yes"]),
		]),
	];
}

/**
 * Settings added to the image's Dovecot, in the syntax of its generation: the listeners that the image does not have, the networks whose PROXY
 * headers they trust, and quotas.
 *
 * Those are the networks from which the pod sees node-port traffic. When one is missing, logins through its nodes fail,
 * while delivery goes on.
 */
export function dovecotLocalConf(site: Pick<Site, "mail" | "cluster" | "network">): string {
	const of = (protocol: MailListener["protocol"]) =>
		mailListeners(site).filter((one) => one.protocol === protocol);
	const sieve = of("sieve");
	return `# Every session of the webmail comes from one address.\n${renderSection([
		["mail_max_userip_connections", 50],
		["auth_failure_delay", "5s"],
		["haproxy_trusted_networks", nodePortNetworks(site).join(" ")],
		["service imap-login", imapListeners(of("imap"))],
		...(sieve.length > 0 ? ([["service managesieve-login", sieveListeners(sieve)]] as const) : []),
		...quotaSettings(site),
	])}`;
}

import type { Site } from "../../config/schema/site.ts";
import type { DnsRecordProps } from "./dns-record.ts";

type Listener = Site["mail"]["listeners"][string];

/**
 * Services that mail clients look for by the domain of an address (RFC 6186, RFC 8314, RFC 5804), each with the listeners
 * that offer it. None of them is POP3.
 */
const services: Readonly<Record<string, (listener: Listener) => boolean>> = {
	_imaps: ({ protocol, tls }) => protocol === "imap" && tls === "implicit",
	_imap: ({ protocol, tls }) => protocol === "imap" && tls === "required",
	_submissions: ({ protocol, tls }) => protocol === "submission" && tls === "implicit",
	_submission: ({ protocol, tls }) => protocol === "submission" && tls === "required",
	_sieve: ({ protocol }) => protocol === "sieve",
	_pop3s: () => false,
	_pop3: () => false,
};

/**
 * Records by which mail clients find the server of a domain, by construct id. A service that is not offered says so, so
 * that no client tries.
 *
 * @param exchange full name of the mail server
 * @param autodiscover full name of the host that tells Outlook the settings; its certificate is of that name alone
 */
export function mailServiceRecords(
	domain: string,
	exchange: string,
	listeners: Site["mail"]["listeners"],
	autodiscover?: string,
): Readonly<Record<string, DnsRecordProps>> {
	const entries = Object.entries(services).flatMap(([service, offers]): [string, DnsRecordProps][] => {
		const record = { type: "SRV", name: `${service}._tcp.${domain}`, priority: 0 } as const;
		const offered = Object.entries(listeners).filter(([, listener]) => offers(listener));
		if (offered.length === 0) return [[`service-${service}`, { ...record, weight: 0, port: 0, target: "." }]];
		return offered.map(([name, { publicPort: port }]) => [
			`service-${service}-${name}`,
			{ ...record, weight: 1, port, target: exchange },
		]);
	});
	if (autodiscover !== undefined) {
		const name = `_autodiscover._tcp.${domain}`;
		entries.push([
			"service-_autodiscover",
			{ type: "SRV", name, priority: 0, weight: 1, port: 443, target: autodiscover },
		]);
	}
	return Object.fromEntries(entries);
}

import type { MailDns } from "../../config/schema/mail-dns.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { dkimRecord } from "./dkim.ts";
import { renderDmarc } from "./dmarc.ts";
import type { DnsRecordProps } from "./dns-record.ts";
import { renderMtaSts, renderMtaStsPolicy } from "./mta-sts.ts";
import { renderSpf } from "./spf.ts";
import { renderTlsRpt } from "./tls-rpt.ts";

/**
 * All mail records of a domain except the addresses of its mail server, by construct id.
 *
 * @param exchange full name of the mail server
 * @param path place of its settings in the site, for messages
 * @throws Error when a public key is not valid for DKIM
 */
export function mailDomainRecords(
	domain: string,
	exchange: string,
	dns: MailDns,
	path = "mail",
): Readonly<Record<string, DnsRecordProps>> {
	const text = (name: string, value: string) =>
		({ type: "TXT", name: `${name}${domain}`, text: value }) as const;
	const entries: [string, DnsRecordProps][] = [
		["mx", { type: "MX", name: domain, exchange, preference: dns.preference }],
		["spf", text("", renderSpf(dns.spf))],
		...Object.entries(dns.dkim).map(([selector, { publicKey }]): [string, DnsRecordProps] => [
			`dkim-${selector}`,
			text(`${selector}._domainkey.`, keyRecord(`${path}.dns.dkim.${selector}`, publicKey)),
		]),
		...Object.entries(dns.delegated).map(([name, target]): [string, DnsRecordProps] => [
			`delegated-${name}`,
			{ type: "CNAME", name: `${name}.${domain}`, target },
		]),
		...dns.ownership.map((value, index): [string, DnsRecordProps] => [`ownership-${index}`, text("", value)]),
		["dmarc", text("_dmarc.", renderDmarc(dns.dmarc))],
	];
	if (dns.tlsReports.length > 0) entries.push(["tls-rpt", text("_smtp._tls.", renderTlsRpt(dns.tlsReports))]);
	if (dns.mtaSts !== undefined)
		entries.push(["mta-sts", text("_mta-sts.", renderMtaSts(renderMtaStsPolicy(dns.mtaSts, exchange)))]);
	return Object.fromEntries(entries);
}

function keyRecord(path: string, publicKey: string): string {
	try {
		return dkimRecord(publicKey);
	} catch (error) {
		throw new VisibleError(`${path}.publicKey: ${(error as Error).message}`);
	}
}

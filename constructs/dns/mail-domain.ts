import { Construct } from "constructs";
import type { MailDns } from "../../config/schema/mail-dns.ts";
import { domainOf, mailDomains } from "../../config/schema/mail-domains.ts";
import { siteOf } from "../site.ts";
import { DnsRecord } from "./dns-record.ts";
import { HostRecords } from "./host-records.ts";
import { mailDomainRecords } from "./mail-domain-records.ts";
import { mailServiceRecords } from "./mail-services.ts";
import { renderMtaStsPolicy } from "./mta-sts.ts";

export interface MailDomainProps {
	/** Label of the mail server: a key of the site's `virtualHosts`, whose records are made here. */
	readonly host: string;
	readonly dns: MailDns;
	/** The domain. @default that of the site */
	readonly name?: string;
	/** Its zone at the provider. @default that of the site's domain */
	readonly zoneId?: string | undefined;
	/** Place of its settings in the site, for messages. @default mail */
	readonly path?: string;
}

/**
 * The mail records of a domain in its zone: MX, SPF, DKIM, DMARC, MTA-STS and TLS-RPT, and those by which clients find
 * the listeners. The site's own domain has the
 * addresses of the mail server, too; these do not depend on the webmail, which shares its host.
 *
 * @throws Error when a public key is not valid for DKIM
 */
export class MailDomain extends Construct {
	/** Full name of the mail server. */
	readonly exchange: string;
	/** Text for the host `mta-sts` to serve at `/.well-known/mta-sts.txt`, if there is a policy. */
	readonly mtaStsPolicy: string | undefined;

	constructor(scope: Construct, id: string, props: MailDomainProps) {
		super(scope, id);
		const site = siteOf(this);
		const { host, dns, name: zone = site.network.domain, zoneId, path } = props;
		this.exchange = `${host}.${site.network.domain}`;
		this.mtaStsPolicy = dns.mtaSts && renderMtaStsPolicy(dns.mtaSts, this.exchange);
		if (zone === site.network.domain) new HostRecords(this, "host", { host });
		const autodiscover =
			site.virtualHosts.autodiscover?.stack === undefined ? undefined : `autodiscover.${site.network.domain}`;
		const records = {
			...mailDomainRecords(zone, this.exchange, dns, path),
			...mailServiceRecords(zone, this.exchange, site.mail.listeners, autodiscover),
		};
		for (const [name, record] of Object.entries(records)) new DnsRecord(this, name, { ...record, zoneId });
		// Reports about a domain go to another one only with its consent (RFC 7489, section 7.1).
		const { aggregateReports, failureReports } = dns.dmarc;
		const readers = new Set([...aggregateReports, ...failureReports].map(domainOf));
		for (const reader of mailDomains(site))
			if (reader.name !== zone && readers.has(reader.name))
				new DnsRecord(this, `reports-${reader.name}`, {
					type: "TXT",
					name: `${zone}._report._dmarc.${reader.name}`,
					text: "v=DMARC1",
					zoneId: reader.zoneId,
				});
	}
}

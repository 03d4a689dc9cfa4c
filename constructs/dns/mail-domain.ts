import { Construct } from "constructs";
import type { MailDns } from "../../config/schema/mail-dns.ts";
import { siteOf } from "../site.ts";
import { DnsRecord } from "./dns-record.ts";
import { HostRecords } from "./host-records.ts";
import { mailDomainRecords } from "./mail-domain-records.ts";
import { renderMtaStsPolicy } from "./mta-sts.ts";

export interface MailDomainProps {
	/** Label of the mail server: a key of the site's `virtualHosts`, whose records are made here. */
	readonly host: string;
	readonly dns: MailDns;
}

/**
 * The mail records of the site's zone: MX with addresses, SPF, DKIM, DMARC, MTA-STS and TLS-RPT. The mail server's
 * records do not depend on the webmail, which shares its host.
 *
 * @throws Error when a public key is not valid for DKIM
 */
export class MailDomain extends Construct {
	/** Full name of the mail server. */
	readonly exchange: string;
	/** Text for the host `mta-sts` to serve at `/.well-known/mta-sts.txt`, if there is a policy. */
	readonly mtaStsPolicy: string | undefined;

	constructor(scope: Construct, id: string, { host, dns }: MailDomainProps) {
		super(scope, id);
		const { domain } = siteOf(this).network;
		this.exchange = `${host}.${domain}`;
		this.mtaStsPolicy = dns.mtaSts && renderMtaStsPolicy(dns.mtaSts, this.exchange);
		new HostRecords(this, "host", { host });
		for (const [name, record] of Object.entries(mailDomainRecords(domain, this.exchange, dns)))
			new DnsRecord(this, name, record);
	}
}

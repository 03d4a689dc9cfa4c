import { Construct } from "constructs";
import type { Site } from "../../config/schema/site.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { siteOf } from "../site.ts";
import { DnsRecord } from "./dns-record.ts";
import { tunnelAlias } from "./tunnel-alias.ts";

export interface HostRecordsProps {
	/** Key of the site's `virtualHosts`. */
	readonly host: string;
}

/** A virtual host of the site. @throws Error when it lists none of that label */
export function virtualHost(site: Site, host: string): Site["virtualHosts"][string] {
	const entry = site.virtualHosts[host];
	if (entry === undefined)
		throw new VisibleError(
			`virtualHosts has no "${host}"; it lists ${Object.keys(site.virtualHosts).join(", ") || "none"}`,
		);
	return entry;
}

/** DNS records of a virtual host: an alias of the tunnel, or the public addresses of the site. */
export class HostRecords extends Construct {
	constructor(scope: Construct, id: string, { host }: HostRecordsProps) {
		super(scope, id);
		const site = siteOf(this);
		const { dns, network } = site;
		const { records } = virtualHost(site, host);
		const name = `${host}.${network.domain}`;
		if (dns.kind === "none" || records === "none") return;
		if (records === "proxied") new DnsRecord(this, "alias", { name, ...tunnelAlias(dns) });
		else {
			const { ipv4, ipv6 } = network.public ?? {};
			if (ipv4) new DnsRecord(this, "ipv4", { name, type: "A", address: ipv4 });
			if (ipv6) new DnsRecord(this, "ipv6", { name, type: "AAAA", address: ipv6 });
		}
	}
}

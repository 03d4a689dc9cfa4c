import {
	DnsRecord as CloudflareRecord,
	type DnsRecordConfig,
} from "@cdktf/provider-cloudflare/lib/dns-record/index.js";
import { Construct } from "constructs";
import { literal } from "../../world/literal.ts";
import { siteOf } from "../site.ts";
import { characterStrings } from "./character-strings.ts";

/** Content of a record, by type. */
export type RecordData =
	| { readonly type: "A" | "AAAA"; readonly address: string; readonly proxied?: boolean }
	| { readonly type: "CNAME"; readonly target: string; readonly proxied?: boolean }
	| { readonly type: "MX"; readonly exchange: string; readonly preference: number }
	| {
			readonly type: "SRV";
			readonly priority: number;
			readonly weight: number;
			readonly port: number;
			/** Full name, or `.` for a service that is not offered (RFC 2782). */
			readonly target: string;
	  }
	| { readonly type: "TXT"; readonly text: string };

export type DnsRecordProps = RecordData & {
	/** Full name, without trailing dot. */
	readonly name: string;
	/** Its zone at the provider. @default that of the site's domain */
	readonly zoneId?: string | undefined;
	/** TTL in seconds; 1 leaves it to the provider. @default 1 */
	readonly ttl?: number;
};

/**
 * A record of the site's zone, or of another; on a site without a DNS provider it makes nothing. An existing record is adopted by an
 * import of `<zone id>/<record id>`.
 *
 * @throws Error for a TXT record that is not printable ASCII
 */
export class DnsRecord extends Construct {
	constructor(scope: Construct, id: string, props: DnsRecordProps) {
		super(scope, id);
		const { dns } = siteOf(this);
		if (dns.kind === "none") return;
		const { name, type, ttl = 1, zoneId = dns.zoneId } = props;
		new CloudflareRecord(this, "Resource", { zoneId, name, type, ttl, ...content(props) });
	}
}

function content(data: RecordData): Pick<DnsRecordConfig, "content" | "data" | "proxied" | "priority"> {
	switch (data.type) {
		case "A":
		case "AAAA":
			return { content: data.address, proxied: data.proxied ?? false };
		case "CNAME":
			return { content: data.target, proxied: data.proxied ?? false };
		case "MX":
			return { content: data.exchange, priority: data.preference };
		case "SRV": {
			const { priority, weight, port, target } = data;
			// The API keeps the priority in both places, and a plan that has it in one shows a change each time.
			return { data: { priority, weight, port, target }, priority };
		}
		case "TXT":
			return { content: literal(characterStrings(data.text)) };
	}
}

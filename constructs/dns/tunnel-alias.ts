import type { RecordData } from "./dns-record.ts";

/** What the record of a name says that is reached through the tunnel. */
export function tunnelAlias({ tunnelId }: { readonly tunnelId: string }): RecordData {
	return { type: "CNAME", target: `${tunnelId}.cfargotunnel.com`, proxied: true };
}

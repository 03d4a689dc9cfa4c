import type { RecordData } from "./dns-record.ts";

/** Record content of a host that is reached through the tunnel. */
export function tunnelAlias({ tunnelId }: { readonly tunnelId: string }): RecordData {
	return { type: "CNAME", target: `${tunnelId}.cfargotunnel.com`, proxied: true };
}

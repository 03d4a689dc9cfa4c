import { ZeroTrustTunnelCloudflaredConfig } from "@cdktf/provider-cloudflare/lib/zero-trust-tunnel-cloudflared-config/index.js";
import { ZoneSetting } from "@cdktf/provider-cloudflare/lib/zone-setting/index.js";
import { Construct } from "constructs";
import { DnsRecord } from "../dns/dns-record.ts";
import { siteOf } from "../site.ts";

/** Records and settings of the zone other than those of hosts and mail; nothing on a site without a DNS provider. */
export class Zone extends Construct {
	constructor(scope: Construct, id: string) {
		super(scope, id);
		const { dns, network, platform } = siteOf(this);
		if (dns.kind === "none") return;
		const { zoneId, accountId, tunnelId } = dns;
		for (const [host, { address, ttl }] of Object.entries(platform.externalHosts))
			new DnsRecord(this, `host-${host}`, { name: `${host}.${network.domain}`, type: "A", address, ttl });
		new ZoneSetting(this, "http3", { zoneId, settingId: "http3", value: "on" });
		if (platform.tunnel === undefined) return;
		// All hosts are served by the ingress controller; its certificate is valid for names, not for its address.
		const origin = {
			service: `https://${platform.tunnel.origin}:443`,
			originRequest: { noTlsVerify: true },
		};
		new ZeroTrustTunnelCloudflaredConfig(this, "tunnel", {
			accountId,
			tunnelId,
			source: "cloudflare",
			config: {
				ingress: [
					{ hostname: `*.${network.domain}`, ...origin },
					{ hostname: network.domain, ...origin },
					...(network.tenantHosts.kind === "apart"
						? [{ hostname: `*.${network.tenantHosts.domain}`, ...origin }]
						: []),
					{ service: "http_status:404" },
				],
			},
		});
	}
}

import { block, blocks, isExpression, plain } from "../../world/blocks.ts";
import { addressTypes, dnsRecords, type ZoneRecord } from "../../world/dns-records.ts";
import type { Resource, World } from "../../world/world.ts";

/** Where a public name leads. */
export type Lead =
	/** To the ingress controller, by the tunnel or the site's public address. */
	| { readonly to: "controller"; readonly grants: readonly Resource[] }
	/** To one service behind the tunnel. */
	| { readonly to: "service"; readonly service: string; readonly grants: readonly Resource[] }
	/** To a machine outside of the site. */
	| { readonly to: "elsewhere"; readonly address: string; readonly grants: readonly Resource[] };

const tunnelDomain = ".cfargotunnel.com";

/** Names of the zone that resolve to an address, as written. */
export function publicNames(world: World): readonly string[] {
	return [...new Set(addressRecords(world).map(({ name }) => name))].sort();
}

/** Records whose name, type or content only Terraform knows. */
export function unknownRecords({ stacks }: World): readonly Resource[] {
	return stacks
		.flatMap(({ resources }) => resources)
		.filter(
			({ type, arguments: given }) =>
				type === "cloudflare_dns_record" && [given.name, given.type, given.content].some(isExpression),
		);
}

function addressRecords(world: World): readonly ZoneRecord[] {
	// A label that begins with an underscore is no host name (RFC 8552).
	return dnsRecords(world).filter(({ type, name }) => addressTypes.has(type) && !/(^|\.)_/.test(name));
}

/** Where a host leads on the Internet; empty when no record has it. A record of its own hides a wildcard (RFC 4592). */
export function leadsOf(world: World, host: string, seen: readonly string[] = []): readonly Lead[] {
	if (seen.includes(host)) return [];
	const records = addressRecords(world);
	const own = records.filter(({ name }) => name === host);
	const found = own.length > 0 ? own : records.filter(({ name }) => isWildcardOf(name, host));
	return found.flatMap(({ type, content, resource }): readonly Lead[] => {
		const grants = [resource];
		const { ipv4, ipv6 } = world.site.network.public ?? {};
		if (type !== "CNAME")
			return content === ipv4 || content === ipv6
				? [{ to: "controller", grants }]
				: [{ to: "elsewhere", address: content, grants }];
		if (content.endsWith(tunnelDomain)) return behindTunnel(world, host, resource);
		const next = leadsOf(world, content, [...seen, host]);
		return next.length > 0
			? next.map((lead) => ({ ...lead, grants: [...grants, ...lead.grants] }))
			: [{ to: "elsewhere", address: content, grants }];
	});
}

/** What the first route of the tunnel that fits a host leads to. */
function behindTunnel(world: World, host: string, record: Resource): readonly Lead[] {
	const tunnels = world.stacks
		.flatMap(({ resources }) => resources)
		.filter(({ type }) => type === "cloudflare_zero_trust_tunnel_cloudflared_config");
	return tunnels.flatMap((tunnel): readonly Lead[] => {
		const grants = [record, tunnel];
		const routes = blocks(block(tunnel.arguments.config).ingress, "").map(({ block: one }) => one);
		const route = routes.find(({ hostname }) => {
			const name = plain(hostname);
			return name === undefined || name === host || isWildcardOf(name, host);
		});
		const service = plain(route?.service) ?? "";
		if (service === "" || service.startsWith("http_status:")) return [];
		const origin = world.site.platform.tunnel?.origin;
		return origin !== undefined && URL.parse(service)?.hostname === origin
			? [{ to: "controller", grants }]
			: [{ to: "service", service, grants }];
	});
}

function isWildcardOf(name: string, host: string): boolean {
	return name.startsWith("*.") && host !== name && host.endsWith(name.slice(1));
}

import { tenantDomain } from "../config/schema/tenant-hosts.ts";
import { block, plain } from "./blocks.ts";
import { fromLiteral } from "./literal.ts";
import { oncePer } from "./once-per.ts";
import type { Resource, World } from "./world.ts";

/** A record of the zone with literal name, type and content. */
export interface ZoneRecord {
	readonly resource: Resource;
	/** As written. */
	readonly name: string;
	readonly type: string;
	/** As the API has it; of a service (SRV) its weight, port and target. */
	readonly content: string;
}

/** Types of records that resolve to an address; none may stand beside an alias. */
export const addressTypes: ReadonlySet<string> = new Set(["A", "AAAA", "CNAME"]);

/** Every record of a world, in the order of its stacks. */
export const dnsRecords = oncePer((world: World): readonly ZoneRecord[] =>
	world.stacks.flatMap(({ resources }) =>
		resources.flatMap((resource): ZoneRecord[] => {
			if (resource.type !== "cloudflare_dns_record" || resource.mode !== "resource") return [];
			const name = plain(resource.arguments.name);
			const type = plain(resource.arguments.type);
			const content = type === "SRV" ? serviceOf(resource) : plain(resource.arguments.content);
			return name === undefined || type === undefined || content === undefined
				? []
				: [{ resource, name, type, content: fromLiteral(content) }];
		}),
	),
);

function serviceOf({ arguments: { data } }: Resource): string | undefined {
	const { weight, port, target } = block(data);
	const parts = [weight, port, target].map((part) => (typeof part === "number" ? String(part) : plain(part)));
	return parts.includes(undefined) ? undefined : parts.join(" ");
}

/** Names of the zones that a site has records in. */
export function zonesOf(site: World["site"]): readonly string[] {
	return [...new Set([site.network.domain, tenantDomain(site), ...Object.keys(site.mail.domains)])];
}

/** Whether a full name is the zone's own or lies below it. */
export function isInZone(name: string, domain: string): boolean {
	return name === domain || name.endsWith(`.${domain}`);
}

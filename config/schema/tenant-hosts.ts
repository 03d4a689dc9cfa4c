import { getDomain } from "tldts";
import { hostName } from "./primitives.ts";
import type { Problem } from "./problem.ts";
import type { Site } from "./site.ts";
import { z } from "./zod.ts";

/**
 * Where hosts of owners' apps lie. Browsers keep apart what has different registrable domains, and nothing less
 * (RFC 6265, section 5.3; Public Suffix List): an app on a sibling of a login is sent every cookie that is meant for the
 * whole domain, sets cookies for the login, and its requests count as the login's own.
 */
export const tenantHosts = z.discriminatedUnion("kind", [
	z.strictObject({
		kind: z
			.literal("siblings")
			.describe("One label below `network.domain`: owners are trusted with cookies of the whole domain"),
	}),
	z.strictObject({
		kind: z.literal("apart").describe("Another site for browsers: no cookie passes between the two"),
		domain: hostName.describe(
			"One label below it is a host; the ingress controller has a certificate of all of them",
		),
		zoneId: z
			.string()
			.regex(/^[0-9a-f]{32}$/, "expected the 32 hexadecimal digits of a zone")
			.optional()
			.describe("Its zone at the DNS provider, in the account of the site's"),
	}),
]);

/** Domain below which hosts of owners' apps lie. */
export function tenantDomain({
	network,
}: {
	readonly network: Pick<Site["network"], "domain" | "tenantHosts">;
}) {
	return network.tenantHosts.kind === "apart" ? network.tenantHosts.domain : network.domain;
}

/** What browsers take for one site; the name itself when it is a public suffix, or none is known. */
const siteFor = (name: string) => getDomain(name, { allowPrivateDomains: true }) ?? name;

/** Another domain is one for browsers, too, and its records can be made. */
export function* tenantHostsAreApart({ network, dns }: Pick<Site, "network" | "dns">): Iterable<Problem> {
	const { domain, tenantHosts: hosts } = network;
	if (hosts.kind === "siblings") return;
	const path = "network.tenantHosts";
	const shared = siteFor(domain);
	if (siteFor(hosts.domain) === shared)
		yield {
			path: `${path}.domain`,
			message: `browsers take ${hosts.domain} and ${domain} for one site, ${shared}: expected another registrable domain`,
		};
	if (dns.kind !== "none" && hosts.zoneId === undefined)
		yield { path: `${path}.zoneId`, message: "missing: the records of owners' hosts are made in it" };
	if (dns.kind === "none" && hosts.zoneId !== undefined)
		yield { path: `${path}.zoneId`, message: "dns.kind is none: no record is made" };
}

import { duration } from "./primitives.ts";
import type { Problem } from "./problem.ts";
import type { Site } from "./site.ts";
import { entryPath } from "./texts.ts";
import { z } from "./zod.ts";

/** The certificate of every host of the site. */
export const certificate = z.strictObject({
	vaultPath: entryPath.describe("Entry with `fullchain` and `privkey`, both PEM"),
	version: z.int().min(1).describe("Version of the entry that hosts are given"),
	issuer: z.discriminatedUnion("kind", [
		z.strictObject({ kind: z.literal("none").describe("Somebody else writes the entry") }),
		z.strictObject({
			kind: z
				.literal("acme")
				.describe("`infra certificate renew` orders it, and proves the domains by records"),
			directory: z
				.url({ protocol: /^https$/, error: "expected the https URL of a directory" })
				.describe("Directory of the authority (RFC 8555, section 7.1.1)"),
			contact: z.email("expected a mail address").describe("Who is told of problems by the authority"),
			renewBefore: duration.describe("Time before its end from which on it is renewed"),
		}),
	]),
});

/** Entry with the key by which the authority knows the site, of the entry that holds its certificate. */
export function accountEntry(vaultPath: string): string {
	return `${vaultPath}/acme`;
}

/** A zone at the DNS provider, and the names in it that the site's certificate has to have. */
export interface CertificateZone {
	readonly domain: string;
	readonly zoneId: string | undefined;
	/** The domain itself, and one label below it. */
	readonly names: readonly string[];
}

/** What the site's certificate is for: the domain of its hosts, and that of owners' hosts where it is another one. */
export function certificateZones({
	network,
	dns,
}: Pick<Site, "network" | "dns">): readonly CertificateZone[] {
	const zone = (domain: string, zoneId: string | undefined) => ({
		domain,
		zoneId,
		names: [domain, `*.${domain}`],
	});
	const { domain, tenantHosts } = network;
	return [
		zone(domain, dns.kind === "cloudflare" ? dns.zoneId : undefined),
		...(tenantHosts.kind === "apart" ? [zone(tenantHosts.domain, tenantHosts.zoneId)] : []),
	];
}

/** An authority is shown that a domain is the site's by records, which somebody must be able to make. */
export function* certificateCanBeProven({ cluster, dns }: Pick<Site, "cluster" | "dns">): Iterable<Problem> {
	if (cluster.ingress.certificate.issuer.kind === "acme" && dns.kind === "none")
		yield {
			path: "cluster.ingress.certificate.issuer.kind",
			message: 'dns.kind is none: nobody makes the records that prove a domain; expected "none"',
		};
}

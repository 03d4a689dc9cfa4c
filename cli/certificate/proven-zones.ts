import { nameServersOf } from "../../clients/dns/name-servers.ts";
import { certificateZones } from "../../config/schema/certificate.ts";
import type { Site } from "../../config/schema/site.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import type { ProvenZone } from "./challenge-records.ts";

/** @throws UsageError when records cannot be made; VisibleError when the name servers are not found */
export async function provenZones(site: Pick<Site, "network" | "dns">): Promise<readonly ProvenZone[]> {
	const token = process.env.CLOUDFLARE_API_TOKEN ?? "";
	if (token === "" && site.dns.kind !== "none")
		throw new UsageError(
			"CLOUDFLARE_API_TOKEN is not set: the records that prove a domain are made with it",
			"a token that may edit the records of the site's zones, in the environment",
		);
	const { baseUrl } = site.dns.kind === "none" ? {} : site.dns;
	return await Promise.all(
		certificateZones(site).flatMap(({ domain, zoneId }) =>
			zoneId === undefined
				? []
				: nameServersOf(domain).then((nameServers) => ({
						domain,
						access: { baseUrl, zoneId, token },
						nameServers,
					})),
		),
	);
}

import type { Problem } from "./problem.ts";
import type { Site } from "./site.ts";

/** A host that is not proxied resolves to the public addresses of the site, which must then be stated. */
export function* publicHostsHaveAddresses({
	network,
	dns,
	virtualHosts,
}: Pick<Site, "network" | "dns" | "virtualHosts">): Iterable<Problem> {
	const direct = Object.keys(virtualHosts).filter((host) => virtualHosts[host]?.records === "non-proxied");
	if (dns.kind !== "none" && network.public === undefined && direct.length > 0)
		yield {
			path: "network.public",
			message: `missing: the records of ${direct.map((host) => `virtualHosts.${host}`).join(", ")} are not proxied`,
		};
}

/**
 * An announced MTA-STS policy must be served: if it cannot be fetched, senders ignore it, although the record says
 * otherwise.
 */
export function* mtaStsPolicyIsServed({
	virtualHosts,
	mail,
}: Pick<Site, "virtualHosts" | "mail">): Iterable<Problem> {
	if (mail.dns.mtaSts !== undefined && !Object.hasOwn(virtualHosts, "mta-sts"))
		yield {
			path: "mail.dns.mtaSts",
			message: "virtualHosts lacks mta-sts, from where senders fetch the policy (RFC 8461)",
		};
}

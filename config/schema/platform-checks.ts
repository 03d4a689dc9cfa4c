import type { Problem } from "./problem.ts";
import { hostLabels } from "./reserved-names.ts";
import type { Site } from "./site.ts";

/**
 * Power users get no namespace that holds credentials of the platform: a pod can mount every Secret of its namespace
 * and run as any of its service accounts, whatever the role says.
 */
export function* powerUsersStayOut({
	platform,
	vault,
	cluster,
}: Pick<Site, "platform" | "vault" | "cluster">): Iterable<Problem> {
	const machines = new Map(
		Object.entries(vault.machines).map(([name, { namespace }]) => [namespace, `logs in to Vault as ${name}`]),
	);
	const why = (namespace: string) => {
		if (namespace.startsWith("kube-")) return "is the cluster's own";
		if (namespace === "vault") return "holds the key that opens Vault";
		if (namespace === "cloudflared") return "holds the credentials of the tunnel";
		if (namespace === cluster.ingress.namespace) return "holds the site's certificate";
		return machines.get(namespace);
	};
	for (const [index, namespace] of platform.powerUserNamespaces.entries()) {
		const reason = why(namespace);
		if (reason !== undefined)
			yield {
				path: `platform.powerUserNamespaces.${index}`,
				message: `${namespace} ${reason}: who runs pods there has more rights than a power user`,
			};
	}
}

/** A tunnel needs a DNS provider for the zone. */
export function* tunnelHasAZone({ platform, dns }: Pick<Site, "platform" | "dns">): Iterable<Problem> {
	if (platform.tunnel !== undefined && dns.kind === "none")
		yield { path: "platform.tunnel", message: "dns.kind is none: there is no tunnel to connect to" };
}

/** Each name has one record, and no tenant can take it. */
export function* externalHostsAreKept({
	platform,
	virtualHosts,
}: Pick<Site, "platform" | "virtualHosts">): Iterable<Problem> {
	for (const host of Object.keys(platform.externalHosts)) {
		const path = `platform.externalHosts.${host}`;
		if (Object.hasOwn(virtualHosts, host)) yield { path, message: `virtualHosts lists ${host} as well` };
		else if (!hostLabels.has(host))
			yield {
				path,
				message: `a tenant could take ${host}: add it to hostLabels in config/schema/reserved-names.ts`,
			};
	}
}

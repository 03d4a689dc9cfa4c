import { middlewareReference } from "../../constructs/kubernetes/middleware-chain.ts";
import { ingressObjects } from "../../world/ingresses.ts";
import type { World } from "../../world/world.ts";
import type { HostWithLogin } from "./look.ts";

/** Hosts of a world that say of themselves that they are behind the site's login, each once. */
export function hostsWithLogin(world: World): readonly HostWithLogin[] {
	const { namespace, middlewares } = world.site.cluster.ingress;
	const logins = middlewares.login.map((name) => middlewareReference(namespace, name));
	const paths = new Map<string, Set<string>>();
	for (const { hosts, middlewares: chain } of ingressObjects(world)) {
		if (!logins.some((login) => chain.includes(login))) continue;
		for (const { host, paths: own } of hosts) paths.set(host, new Set([...(paths.get(host) ?? []), ...own]));
	}
	return [...paths].map(([host, own]) => ({ host, paths: [...own] }));
}

import type { Site } from "../../config/schema/site.ts";
import { type HostIngress, renderHostIngress } from "./host-ingress.ts";
import { middlewareChain, type Protection } from "./middleware-chain.ts";

type IngressSite = Pick<Site, "cluster" | "network">;

/** What an owner chooses of what a request passes. @default no login, and what else the site has */
export type OwnerProtection = Partial<Pick<Protection, "protected" | "rateLimit" | "antiAi">>;

export interface OwnerIngressProps {
	readonly namespace: string;
	readonly app: string;
	/** Label below the site's domain. */
	readonly host: string;
	readonly backend: { readonly name: string; readonly port: number };
	readonly protection: OwnerProtection;
}

/** The ingress of an owner's app: the certificate is the controller's, the record the platform's. */
export function renderOwnerIngress(
	{ cluster, network }: IngressSite,
	{ namespace, app, host, backend, protection }: OwnerIngressProps,
): HostIngress {
	const { className, namespace: shared, middlewares } = cluster.ingress;
	return renderHostIngress({
		namespace: { name: namespace },
		name: app,
		className,
		host: `${host}.${network.domain}`,
		backend,
		chain: middlewareChain(
			{ ...protection, protected: protection.protected ?? false },
			{ namespace: shared, middlewares, ownPolicy: "" },
		),
		annotations: { [`cloudflare.${network.domain}/dns-type`]: "none" },
	});
}

/** Every annotation that the ingress of an owner's app may have, with every value. */
export function ownerIngressAnnotations(site: IngressSite): Readonly<Record<string, readonly string[]>> {
	const { middlewares } = site.cluster.ingress;
	// What the site lacks cannot be asked for; left out, a choice is what the site has.
	const logins = middlewares.login.length > 0 ? [true, false] : [false];
	const choices = [{}, { rateLimit: false }, { antiAi: false }, { rateLimit: false, antiAi: false }];
	const seen = new Map<string, Set<string>>();
	for (const login of logins)
		for (const choice of choices) {
			const { metadata } = renderOwnerIngress(site, {
				namespace: "",
				app: "",
				host: "",
				backend: { name: "", port: 80 },
				protection: { protected: login, ...choice },
			});
			for (const [key, value] of Object.entries(metadata.annotations ?? {}))
				seen.set(key, (seen.get(key) ?? new Set()).add(value));
		}
	return Object.fromEntries([...seen].map(([key, values]) => [key, [...values]]));
}

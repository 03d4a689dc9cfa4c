import type { Site } from "../../config/schema/site.ts";
import { tenantDomain } from "../../config/schema/tenant-hosts.ts";
import { type HostIngress, renderHostIngress } from "./host-ingress.ts";
import { middlewareChain, type Protection } from "./middleware-chain.ts";

type IngressSite = Pick<Site, "cluster" | "network">;

/** Beginning of what the ingress controller takes instructions from. */
const controllerPrefix = "traefik.ingress.kubernetes.io/";

/** Protections that an owner may choose. @default no login, and every other one that the site has */
export type OwnerProtection = Partial<Pick<Protection, "protected" | "rateLimit" | "antiAi">>;

export interface OwnerIngressProps {
	readonly namespace: string;
	readonly app: string;
	/** Label below the domain of tenants. */
	readonly host: string;
	readonly backend: { readonly name: string; readonly port: number };
	readonly protection: OwnerProtection;
}

/**
 * The ingress of an owner's app. The certificate is the controller's, and the stack `platform` makes the DNS record.
 */
export function renderOwnerIngress(
	{ cluster, network }: IngressSite,
	{ namespace, app, host, backend, protection }: OwnerIngressProps,
): HostIngress {
	const { className, namespace: shared, middlewares } = cluster.ingress;
	return renderHostIngress({
		namespace: { name: namespace },
		name: app,
		className,
		host: `${host}.${tenantDomain({ network })}`,
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
	const seen = new Map<string, Set<string>>();
	for (const annotations of everyChoice(site))
		for (const [key, value] of Object.entries(annotations))
			seen.set(key, (seen.get(key) ?? new Set()).add(value));
	return Object.fromEntries([...seen].map(([key, values]) => [key, [...values]]));
}

/** Annotations that tell the ingress controller how to protect a host, whatever its owner chooses. */
export function ownerIngressNeeds(site: IngressSite): readonly string[] {
	const [first = {}, ...others] = everyChoice(site);
	return Object.keys(first).filter(
		(key) => key.startsWith(controllerPrefix) && others.every((annotations) => key in annotations),
	);
}

/** Annotations of an app by everything that its owner may choose. */
function everyChoice(site: IngressSite): readonly Readonly<Record<string, string>>[] {
	const { middlewares } = site.cluster.ingress;
	// A middleware that the site lacks cannot be asked for; by default an app has those of the site.
	const logins = middlewares.login.length > 0 ? [true, false] : [false];
	const choices = [{}, { rateLimit: false }, { antiAi: false }, { rateLimit: false, antiAi: false }];
	return logins.flatMap((login) =>
		choices.map((choice) => {
			const { metadata } = renderOwnerIngress(site, {
				namespace: "",
				app: "",
				host: "",
				backend: { name: "", port: 80 },
				protection: { protected: login, ...choice },
			});
			return metadata.annotations ?? {};
		}),
	);
}

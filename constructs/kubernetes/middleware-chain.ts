import type { IngressMiddlewares } from "../../config/schema/cluster.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";

/**
 * Middlewares that protect a host. One that is asked for must exist on the site; one that is left to its default is
 * used if it exists.
 */
export interface Protection {
	/** Whether the identity provider lets in only people who are logged in. */
	readonly protected: boolean;
	/** Whether requests of a client are rate-limited. @default if the site can */
	readonly rateLimit?: boolean;
	/** Whether addresses that CrowdSec has banned are refused. @default if the site can */
	readonly crowdsec?: boolean;
	/**
	 * Whether crawlers that collect training data are refused. @default if the site can, except for protected hosts,
	 * where the login refuses them
	 */
	readonly antiAi?: boolean;
	/** Whether only clients of the site's own networks are let in. @default false */
	readonly localOnly?: boolean;
	/** Value of the Content-Security-Policy header, instead of the common one that allows frames of the site. */
	readonly contentSecurityPolicy?: string;
	/** Further middlewares, called after the others, such as `shop-strip@kubernetescrd`. @default none */
	readonly middlewares?: readonly string[];
}

export interface ChainContext {
	/** Namespace of the shared middlewares. */
	readonly namespace: string;
	/** Middlewares of the site. */
	readonly middlewares: IngressMiddlewares;
	/** Reference to the middleware that sets the ingress's own policy. */
	readonly ownPolicy: string;
}

/** Reference to a Middleware object, as the controller's annotations spell it. */
export function middlewareReference(namespace: string, name: string): string {
	return `${namespace}-${name}@kubernetescrd`;
}

/**
 * The middlewares of an ingress, in the order in which a request passes them (docs/reference/dns.md#ingresses). Cheap
 * refusals come before the login. Each setting adds its own middlewares and removes no others.
 *
 * @throws VisibleError when the site has no middleware for a protection that is asked for
 */
export function middlewareChain(
	protection: Protection,
	{ namespace, middlewares, ownPolicy }: ChainContext,
): string[] {
	const { protected: login, rateLimit, crowdsec, localOnly, contentSecurityPolicy: policy } = protection;
	const antiAi = protection.antiAi ?? (login ? false : undefined);
	const part = (name: keyof IngressMiddlewares, asked: boolean | undefined): readonly string[] => {
		const names = middlewares[name];
		if (asked && names.length === 0)
			throw new VisibleError(
				`cluster.ingress.middlewares.${name} is empty, and the host asks for it: name the middleware, or ask for none`,
			);
		return asked === false ? [] : names;
	};
	const shared = [
		...part("retry", undefined),
		...part("errorPages", undefined),
		...part("rateLimit", rateLimit),
		...part("contentSecurityPolicy", policy === undefined ? undefined : false),
		...part("crowdsec", crowdsec),
		...part("antiAi", antiAi),
		...part("login", login),
		...part("localOnly", localOnly ?? false),
	];
	return [
		...shared.map((name) => middlewareReference(namespace, name)),
		...(policy === undefined ? [] : [ownPolicy]),
		...(protection.middlewares ?? []),
	];
}

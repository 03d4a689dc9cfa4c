/** What happens to a request before it reaches the backend. */
export interface Protection {
	/** Whether the identity provider lets in only people who are logged in. */
	readonly protected: boolean;
	/** Whether a client is slowed down after its share of requests. @default true */
	readonly rateLimit?: boolean;
	/** Whether addresses that CrowdSec has banned are turned away. @default true */
	readonly crowdsec?: boolean;
	/** Whether crawlers that train models are turned away. @default unless protected: they do not pass the login */
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
	readonly shared: string;
	/** Reference to the middleware that sets the ingress's own policy. */
	readonly ownPolicy: string;
}

/** Reference to a Middleware object, as the controller's annotations spell it. */
export function middlewareReference(namespace: string, name: string): string {
	return `${namespace}-${name}@kubernetescrd`;
}

/**
 * The middlewares of an ingress, in the order in which a request passes them (platform.md section 8). Cheap refusals
 * come before the login, and what was asked for is never dropped because of something else.
 */
export function middlewareChain(protection: Protection, { shared, ownPolicy }: ChainContext): string[] {
	const {
		protected: login,
		rateLimit = true,
		crowdsec = true,
		antiAi = !login,
		localOnly = false,
		contentSecurityPolicy,
		middlewares = [],
	} = protection;
	const common = [
		"retry",
		"error-pages",
		...(rateLimit ? ["rate-limit"] : []),
		...(contentSecurityPolicy === undefined ? ["csp-headers"] : []),
		...(crowdsec ? ["crowdsec"] : []),
		...(antiAi ? ["ai-bot-block", "anti-ai-headers"] : []),
		...(login ? ["authentik-forward-auth"] : []),
		...(localOnly ? ["local-only"] : []),
	];
	return [
		...common.map((name) => middlewareReference(shared, name)),
		...(contentSecurityPolicy === undefined ? [] : [ownPolicy]),
		...middlewares,
	];
}

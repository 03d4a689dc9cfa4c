import type { SiteInput } from "../schema/site.ts";

/** Middlewares that the ingress controller's own installation brings. */
export const ingressMiddlewares = {
	retry: ["retry"],
	errorPages: ["error-pages"],
	rateLimit: ["rate-limit"],
	contentSecurityPolicy: ["csp-headers"],
	crowdsec: ["crowdsec"],
	antiAi: ["ai-bot-block", "anti-ai-headers"],
	login: ["authentik-forward-auth"],
	localOnly: ["local-only"],
} satisfies SiteInput["cluster"]["ingress"]["middlewares"];

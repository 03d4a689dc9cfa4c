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

/** Let's Encrypt, whose certificates live 90 days. */
export const letsEncrypt = {
	kind: "acme",
	directory: "https://acme-v02.api.letsencrypt.org/directory",
	renewBefore: "30d",
} as const;

import type { Changes } from "../change.ts";

export const cluster: Changes = {
	"cluster.kubeconfig": { to: "~/.kube/other", effect: "connection" },
	"cluster.context": { to: "lab-new", effect: "connection" },
	"cluster.domain": { to: "cluster.example", effect: "refused" },
	"cluster.dns.address": { to: "10.96.0.11", effect: "in place" },
	"cluster.dns.positiveTtl": { to: "60s", effect: "read" },
	"cluster.dns.negativeTtl": { to: "120s", effect: "read" },
	"cluster.nodes.node-a.host": { to: "node-m", effect: "step" },
	"cluster.nodes.node-m.controlPlane": { to: false, effect: "step" },
	"cluster.ingress.controller": { to: "nginx", effect: "refused" },
	"cluster.ingress.className": { to: "internal", effect: "in place" },
	"cluster.ingress.namespace": { to: "ingress", effect: "in place" },
	"cluster.ingress.middlewares.retry": { to: ["retry", "retry-new"], effect: "in place" },
	"cluster.ingress.middlewares.errorPages": { to: ["error-pages", "error-pages-new"], effect: "in place" },
	"cluster.ingress.middlewares.rateLimit": { to: ["rate-limit", "rate-limit-new"], effect: "in place" },
	"cluster.ingress.middlewares.contentSecurityPolicy": {
		to: ["csp-headers", "csp-headers-new"],
		effect: "in place",
	},
	"cluster.ingress.middlewares.crowdsec": { to: ["crowdsec", "crowdsec-new"], effect: "in place" },
	"cluster.ingress.middlewares.antiAi": { to: ["ai-bot-block"], effect: "in place" },
	"cluster.ingress.middlewares.login": {
		to: ["authentik-forward-auth", "authentik-forward-auth-new"],
		effect: "in place",
	},
	"cluster.ingress.middlewares.localOnly": { to: ["local-only", "local-only-new"], effect: "read" },
	"cluster.ingress.certificate.vaultPath": { to: "traefik-new", effect: "refused" },
	"cluster.ingress.certificate.version": { to: 2, effect: "in place" },
	"cluster.ingress.certificate.issuer.kind": {
		to: "none",
		effect: "replaces",
		with: {
			cluster: {
				ingress: { certificate: { issuer: { directory: null, contact: null, renewBefore: null } } },
			},
			woodpecker: { certifier: null },
		},
	},
	"cluster.ingress.certificate.issuer.directory": {
		to: "https://new-acme.example.net/directory",
		effect: "read",
	},
	"cluster.ingress.certificate.issuer.contact": { to: "new-postmaster@lab.example.org", effect: "read" },
	"cluster.ingress.certificate.issuer.renewBefore": { to: "60d", effect: "in place" },
	"cluster.nodePortSources": { to: ["nodes", "198.51.100.2/32"], effect: "in place" },
	"cluster.nodePorts.pushgateway": { to: 30092, effect: "outside" },
};

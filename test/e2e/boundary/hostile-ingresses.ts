import { loadSite } from "../../../config/load-site.ts";
import lab from "../../../config/sites/lab.ts";
import type { HostIngress } from "../../../constructs/kubernetes/host-ingress.ts";
import { ownAnnotations } from "../platform/own-annotations.ts";

const { domain } = lab.network;
const protections = ownAnnotations(await loadSite("lab"));
const backend = { service: { name: "web", port: { number: 80 } } };

interface IngressBody {
	readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
	readonly spec: { readonly rules?: readonly { readonly host?: string }[]; readonly [key: string]: unknown };
}

/** The object of the API that the provider makes of an ingress. */
export function ingressObject({ metadata, spec }: HostIngress): IngressBody {
	const { rule, ...rest } = spec as { rule: { host: string; http: { path: object[] } }[] };
	const rules = rule.map(({ host, http }) => ({ host, http: { paths: http.path } }));
	return {
		metadata: { name: metadata.name ?? "", annotations: { ...metadata.annotations } },
		spec: { ...rest, rules },
	};
}

const rule = (host: string | undefined, path = "/", pathType = "Prefix") => ({
	...(host === undefined ? {} : { host }),
	http: { paths: [{ path, pathType, backend }] },
});
const ingress = (rules: object[] | undefined, more: object = {}, annotations = {}): IngressBody => ({
	metadata: { name: "hostile", annotations: { ...protections, ...annotations } },
	spec: { ingressClassName: "traefik", ...(rules === undefined ? {} : { rules }), ...more },
});
const shop = rule(`shop.${domain}`);
const annotated = (name: string, value: string) =>
	ingress([shop], {}, { [`traefik.ingress.kubernetes.io/${name}`]: value });

/** One that an owner may have. */
export const own: IngressBody = {
	...ingress([rule(`shop.${domain}`, "/api")]),
	metadata: { name: "api", annotations: protections },
};

/** Ingresses of the owner of `shop` that reach for more. */
export const hostile: readonly (readonly [what: string, object: IngressBody])[] = [
	["of a path of the platform's host", ingress([rule(`vault.${domain}`, "/steal")])],
	["of the platform's host and path", ingress([rule(`vault.${domain}`)])],
	["of the neighbour's host", ingress([rule(`blog.${domain}`, "/admin")])],
	["of the own host and the neighbour's", ingress([shop, rule(`blog.${domain}`)])],
	["of the site's domain itself", ingress([rule(domain)])],
	["of a name below the own host", ingress([rule(`x.shop.${domain}`)])],
	["of every host of the domain", ingress([rule(`*.${domain}`)])],
	["of every host", ingress([rule(undefined)])],
	["of an empty host", ingress([rule("")])],
	["of a host in upper case", ingress([rule(`VAULT.${domain}`)])],
	["of the own host in upper case", ingress([rule(`Shop.${domain}`)])],
	["of a host with a final dot", ingress([rule(`vault.${domain}.`)])],
	["of the own host with a final dot", ingress([rule(`shop.${domain}.`)])],
	["of a host with a port", ingress([rule(`shop.${domain}:443`)])],
	["of an address", ingress([rule("127.0.0.1")])],
	["of a host with another's in it", ingress([rule(`shop.${domain},vault.${domain}`)])],
	["with a default backend", ingress([shop], { defaultBackend: backend })],
	["with a default backend alone", ingress(undefined, { defaultBackend: backend })],
	["with TLS for another's host", ingress([shop], { tls: [{ hosts: [`vault.${domain}`] }] })],
	["with TLS for every host", ingress([shop], { tls: [{ hosts: [`*.${domain}`] }] })],
	["with a certificate", ingress([shop], { tls: [{ hosts: [`shop.${domain}`], secretName: "mine" }] })],
	["of another class", ingress([shop], { ingressClassName: "nginx" })],
	["with a rule in its path", ingress([rule(`shop.${domain}`, "/x`) || HostRegexp(`.+`) && PathPrefix(`/")])],
	["with a pattern as its path", ingress([rule(`shop.${domain}`, "/{any:.*}")])],
	["with a path above its path", ingress([rule(`shop.${domain}`, "/a/../b")])],
	[
		"with a path that the controller may read as it likes",
		ingress([rule(`shop.${domain}`, "/", "ImplementationSpecific")]),
	],
	["without the protections of the site", { ...ingress([shop]), metadata: { name: "hostile" } }],
	["with a rule", annotated("router.rule", `Host(\`vault.${domain}\`)`)],
	["with a matcher", annotated("router.pathmatcher", "PathPrefix(`/`) || HostRegexp(`.+`) && PathPrefix")],
	["with another syntax of rules", annotated("router.rulesyntax", "v2")],
	["with a priority", annotated("router.priority", "1000000")],
	["with another entry point", annotated("router.entrypoints", "web,websecure,traefik")],
	["with a middleware of another namespace", annotated("router.middlewares", "vault-strip@kubernetescrd")],
	["with a middleware of the own", annotated("router.middlewares", "alice-strip@kubernetescrd")],
	["with a middleware of a file", annotated("router.middlewares", "auth@file")],
	["with another's TLS options", annotated("router.tls.options", "vault-old@kubernetescrd")],
	["with a resolver of certificates", annotated("router.tls.certresolver", "acme")],
	["with the class as an annotation", ingress([shop], {}, { "kubernetes.io/ingress.class": "nginx" })],
];

const traefik = "/apis/traefik.io/v1alpha1/namespaces/alice";
const object = (kind: string, spec: object) => ({
	apiVersion: "traefik.io/v1alpha1",
	kind,
	metadata: { name: "hostile" },
	spec,
});

/** Kinds by which a host could be taken without an ingress. */
export const kinds: readonly (readonly [kind: string, path: string, object: object])[] = [
	[
		"IngressRoute",
		`${traefik}/ingressroutes`,
		object("IngressRoute", {
			routes: [
				{
					kind: "Rule",
					match: `Host(\`vault.${domain}\`)`,
					priority: 100_000,
					services: [{ name: "web", port: 80 }],
				},
			],
		}),
	],
	["Middleware", `${traefik}/middlewares`, object("Middleware", { stripPrefix: { prefixes: ["/x"] } })],
	["TLSStore", `${traefik}/tlsstores`, object("TLSStore", { defaultCertificate: { secretName: "mine" } })],
	[
		"Service by another name",
		"/api/v1/namespaces/alice/services",
		{
			metadata: { name: "hostile" },
			spec: { type: "ExternalName", externalName: "vault.vault.svc.cluster.local" },
		},
	],
	[
		"Service that calls itself",
		"/api/v1/namespaces/alice/services",
		{
			metadata: {
				name: "hostile",
				annotations: { "traefik.ingress.kubernetes.io/service.nativelb": "true" },
			},
			spec: { ports: [{ port: 80 }] },
		},
	],
	[
		"EndpointSlice",
		"/apis/discovery.k8s.io/v1/namespaces/alice/endpointslices",
		{
			metadata: { name: "hostile", labels: { "kubernetes.io/service-name": "web" } },
			addressType: "IPv4",
			endpoints: [{ addresses: ["198.51.100.1"] }],
			ports: [{ port: 80 }],
		},
	],
];

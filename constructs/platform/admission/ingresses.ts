import { tenantAnnotations } from "../../../config/registry/owner-names.ts";
import type { Site } from "../../../config/schema/site.ts";
import { ownerIngressAnnotations, ownerIngressNeeds } from "../../kubernetes/owner-ingress.ts";
import type { TenantRule } from "../admission-policy.ts";
import { list, text } from "./cel.ts";

const { allowedHosts } = tenantAnnotations;
const annotations = "namespaceObject.metadata.annotations";
const hosts = `(has(${annotations}) && ${text(allowedHosts)} in ${annotations} ? ${annotations}[${text(allowedHosts)}].split(',') : [])`;

/** Annotations that clients such as kubectl write; no controller reads them. */
const clientNotes = [
	"kubectl.kubernetes.io/last-applied-configuration",
	"meta.helm.sh/release-name",
	"meta.helm.sh/release-namespace",
];

/** Whether an object has only annotations of clients and the given ones with the given values. */
function carriesOnly(allowed: Readonly<Record<string, readonly string[]>>): string {
	const known = Object.entries(allowed).map(
		([key, values]) => `(key == ${text(key)} && object.metadata.annotations[key] in ${list(values)})`,
	);
	return `!has(object.metadata.annotations) || object.metadata.annotations.all(key, ${[`key in ${list(clientNotes)}`, ...known].join(" || ")})`;
}

/** Whether an object has these annotations, whatever their values. */
function carriesAll(keys: readonly string[]): string {
	const all = keys.map((key) => `${text(key)} in object.metadata.annotations`);
	return keys.length === 0 ? "true" : `has(object.metadata.annotations) && ${all.join(" && ")}`;
}

/** Allowed paths: the ingress controller puts them between quotes into a rule of its own. */
const path = "^/[A-Za-z0-9._~/-]*$";

/** Rules for Ingresses and Services of tenants. */
export function ingressRules({ cluster, ...site }: Site): readonly TenantRule[] {
	const { className } = cluster.ingress;
	const allowed = ownerIngressAnnotations({ cluster, ...site });
	const needed = ownerIngressNeeds({ cluster, ...site });
	return [
		{
			name: "tenant-hosts",
			apiVersion: "networking.k8s.io/v1",
			resources: ["ingresses"],
			operations: ["CREATE", "UPDATE"],
			validations: [
				{
					expression: `!has(object.spec.defaultBackend) && has(object.spec.rules) && object.spec.rules.all(rule, has(rule.host) && rule.host in ${hosts})`,
					message: `every rule needs a host of the namespace's annotation ${allowedHosts}, and there is no default backend: the registry says which hosts are whose`,
				},
				{
					// The ingress controller selects a certificate by the names inside it, so one for another host
					// would be served there.
					expression:
						"!has(object.spec.tls) || object.spec.tls.all(tls, !has(tls.secretName) || tls.secretName == '')",
					message: "tls names no Secret: the ingress controller has the certificate of every host",
				},
				{
					// Makers of certificates and records read them as hosts of the ingress.
					expression: `!has(object.spec.tls) || object.spec.tls.all(tls, !has(tls.hosts) || tls.hosts.all(host, host in ${hosts}))`,
					message: `tls names hosts of the namespace's annotation ${allowedHosts}`,
				},
				{
					expression: `!has(object.spec.rules) || object.spec.rules.all(rule, !has(rule.http) || rule.http.paths.all(one, one.pathType in ['Prefix', 'Exact'] && has(one.path) && one.path.matches(${text(path)}) && has(one.backend.service)))`,
					message: `every path is of type Prefix or Exact, matches ${path} and leads to a Service: the ingress controller makes a rule of it`,
				},
				{
					// An annotation can replace the rule, its priority and its middlewares (Traefik's router.*
					// annotations).
					expression: carriesOnly(allowed),
					message: `annotations of an ingress are those of an app of this project, with its values: ${Object.keys(allowed).join(", ")}`,
				},
				{
					// Without them a host has none of the site's protections: banned addresses, rates, headers.
					expression: carriesAll(needed),
					message: `an ingress has the annotations that protect it, as an app of this project has them: ${needed.join(", ")}`,
				},
				{
					expression: `!has(object.spec.ingressClassName) || object.spec.ingressClassName == ${text(className)}`,
					message: `the class of an ingress is ${className}`,
				},
			],
		},
		{
			name: "tenant-services",
			apiVersion: "v1",
			resources: ["services"],
			operations: ["CREATE", "UPDATE"],
			validations: [
				{
					expression: "!has(object.spec.type) || object.spec.type == 'ClusterIP'",
					message: "only Services of type ClusterIP: hosts are served by an Ingress",
				},
				{
					expression: "!has(object.spec.externalIPs) || object.spec.externalIPs.size() == 0",
					message: "no externalIPs: they take traffic that is meant for others",
				},
				{
					// They name transports of the ingress controller, in any namespace, and hosts for others to
					// publish.
					expression: carriesOnly({}),
					message: "a Service has no annotations: controllers take instructions from them",
				},
			],
		},
	];
}

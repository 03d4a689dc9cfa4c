import type { IngressV1Config, IngressV1Metadata } from "@cdktf/provider-kubernetes/lib/ingress-v1/index.js";
import { defined } from "../../config/schema/defined.ts";
import type { NamespaceReference } from "./namespace.ts";

export interface HostIngressProps {
	readonly namespace: Pick<NamespaceReference, "name">;
	readonly name: string;
	/** Ingress class of the site's controller. */
	readonly className: string;
	/** Full name of the host. */
	readonly host: string;
	readonly backend: { readonly name: string; readonly port: number };
	/** Secret with the certificate, in the same namespace. @default the controller's own certificate of every host */
	readonly tlsSecret?: string;
	/** References to the middlewares, in the order in which a request passes them. */
	readonly chain: readonly string[];
	readonly annotations: Readonly<Record<string, string>>;
	/** @default everything */
	readonly paths?: readonly string[];
	/** How a path must match (Ingress API). @default Prefix */
	readonly pathType?: "Prefix" | "Exact";
}

/** An Ingress object with its metadata. */
export type HostIngress = IngressV1Config & { readonly metadata: IngressV1Metadata };

/** The Ingress object of a host, served by HTTPS only. */
export function renderHostIngress(props: HostIngressProps): HostIngress {
	const { namespace, name, className, host, backend, tlsSecret, chain, annotations } = props;
	const { paths = ["/"], pathType = "Prefix" } = props;
	return {
		metadata: {
			name,
			namespace: namespace.name,
			annotations: {
				"traefik.ingress.kubernetes.io/router.entrypoints": "websecure",
				"traefik.ingress.kubernetes.io/router.middlewares": chain.join(","),
				...annotations,
			},
		},
		spec: {
			ingressClassName: className,
			tls: [{ hosts: [host], ...defined({ secretName: tlsSecret }) }],
			rule: [
				{
					host,
					http: {
						path: paths.map((path) => ({
							path,
							pathType,
							backend: { service: { name: backend.name, port: { number: backend.port } } },
						})),
					},
				},
			],
		},
	};
}

import { IngressV1 } from "@cdktf/provider-kubernetes/lib/ingress-v1/index.js";
import { Manifest } from "@cdktf/provider-kubernetes/lib/manifest/index.js";
import { TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { defined } from "../../config/schema/defined.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { literal } from "../../world/literal.ts";
import { HostRecords, virtualHost } from "../dns/host-records.ts";
import { siteOf } from "../site.ts";
import { renderHostIngress } from "./host-ingress.ts";
import { type ExternalMonitor, homePageAnnotations, monitorAnnotations } from "./ingress-annotations.ts";
import { middlewareChain, middlewareReference, type Protection } from "./middleware-chain.ts";
import type { NamespaceReference } from "./namespace.ts";

/** The Service behind an ingress: a construct of this project, or one that a chart makes. */
export interface IngressBackend {
	readonly name: string;
	readonly ports: Readonly<Record<string, number>>;
}

export interface IngressProps extends Protection {
	readonly namespace: Pick<NamespaceReference, "name" | "literalName">;
	/** Label of the host: a key of the site's `virtualHosts`, which has its other settings. */
	readonly host: string;
	/** @default the host */
	readonly name?: string;
	readonly backend: IngressBackend;
	/** Name of the backend's port. @default its only one */
	readonly port?: string;
	/** Secret with the certificate, in the same namespace. */
	readonly tlsSecret: string;
	/** @default everything */
	readonly paths?: readonly string[];
	/** How a path must match (Ingress API). @default Prefix */
	readonly pathType?: "Prefix" | "Exact";
	/** Whether the DNS records of the host are made here; otherwise another construct must make them. @default true */
	readonly ownsRecords?: boolean;
	/**
	 * Whether another ingress serves the other paths of the host, and has its records, tile and monitor. @default false
	 */
	readonly sharesHost?: boolean;
	/** The external monitor. @default on if the host has records */
	readonly externalMonitor?: ExternalMonitor | false;
	/** Annotations besides those that follow from the rest; none for the controller's routers. */
	readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * Serves a virtual host of the site from a Service, by HTTPS only, with its records, its tile on the home page and its
 * monitor. The kinds of the ingress controller and its shared middlewares must exist before the plan.
 *
 * @throws Error when the site lists no such host, gives it to another stack, or when the props contradict each other
 */
export class Ingress extends Construct {
	/** Full name of the host. */
	readonly host: string;

	constructor(scope: Construct, id: string, props: IngressProps) {
		super(scope, id);
		const site = siteOf(this);
		const { domain } = site.network;
		const { namespace, host: label, name = label, sharesHost } = props;
		const { backend, ownsRecords = !sharesHost } = props;
		const entry = virtualHost(site, label);
		const stack = TerraformStack.of(this).node.id;
		if (entry.stack !== stack)
			throw new VisibleError(
				`virtualHosts.${label}: stack ${stack} serves it, the site gives it to ${entry.stack ?? "nothing of this project"}`,
			);
		// Requests through the tunnel arrive from its pods, whose addresses are local.
		if (props.localOnly && entry.records === "proxied")
			throw new VisibleError(`virtualHosts.${label} is proxied: localOnly would let everybody in`);
		const router = Object.keys(props.annotations ?? {}).find((key) => key.startsWith(routers));
		if (router !== undefined)
			throw new VisibleError(
				`${this.node.path}: the annotation ${router} would take the place of what protects the host: use protected, middlewares and the other props`,
			);
		this.host = `${label}.${domain}`;
		const { className, namespace: controller, middlewares } = site.cluster.ingress;
		const ownPolicy = `custom-csp-${name}`;
		const chain = middlewareChain(props, {
			namespace: controller,
			middlewares,
			ownPolicy: middlewareReference(namespace.literalName, ownPolicy),
		});
		if (props.contentSecurityPolicy !== undefined)
			new Manifest(this, "ContentSecurityPolicy", {
				manifest: {
					apiVersion: "traefik.io/v1alpha1",
					kind: "Middleware",
					metadata: { name: ownPolicy, namespace: namespace.name },
					spec: { headers: { contentSecurityPolicy: literal(props.contentSecurityPolicy) } },
				},
			});
		const { externalMonitor = entry.records === "none" ? false : {} } = props;
		new IngressV1(
			this,
			"Resource",
			renderHostIngress({
				namespace,
				name,
				className,
				host: this.host,
				backend: { name: backend.name, port: portOf(props) },
				tlsSecret: props.tlsSecret,
				chain,
				annotations: {
					...(sharesHost
						? {}
						: {
								...homePageAnnotations(label, entry, domain),
								[`cloudflare.${domain}/dns-type`]: entry.records,
								...monitorAnnotations(externalMonitor, domain),
							}),
					...props.annotations,
				},
				...defined({ paths: props.paths, pathType: props.pathType }),
			}),
		);
		if (ownsRecords) new HostRecords(this, "records", { host: label });
	}
}

/** Annotations that make the controller's rules: entry points, middlewares, priorities. */
const routers = "traefik.ingress.kubernetes.io/router.";

function portOf({ backend: { name, ports }, port }: Pick<IngressProps, "backend" | "port">): number {
	const names = Object.keys(ports);
	const number = ports[port ?? (names.length === 1 ? (names[0] ?? "") : "")];
	if (number === undefined)
		throw new VisibleError(
			`the ingress needs one port of Service ${name}: ${port === undefined ? "give one of" : `"${port}" is none of`} ${names.join(", ") || "none"}`,
		);
	return number;
}

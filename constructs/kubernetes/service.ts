import { ServiceV1 } from "@cdktf/provider-kubernetes/lib/service-v1/index.js";
import { Construct } from "constructs";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { siteOf } from "../site.ts";
import type { PodSet } from "./workload.ts";

export interface ServiceProps {
	/** Pods behind the Service. */
	readonly pods: Pick<PodSet, "namespace" | "selector" | "ports">;
	readonly name: string;
	/** Names of the pods' ports to serve, under the same numbers. @default all */
	readonly ports?: readonly string[];
	/**
	 * Node ports by name of a pod's port. The Service is then reached from outside the cluster through any node, which
	 * replaces the address of the sender by its own.
	 */
	readonly nodePorts?: Readonly<Record<string, number>>;
	readonly annotations?: Readonly<Record<string, string>>;
	/** No virtual address: each pod gets a DNS name, ready or not. @default false */
	readonly headless?: boolean;
}

/** A Service for the given pods. */
export class Service extends Construct {
	readonly name: string;
	/** Name that clients in other namespaces use. */
	readonly host: string;
	readonly ports: Readonly<Record<string, number>>;

	/** @throws Error when the pods have no port of a given name */
	constructor(
		scope: Construct,
		id: string,
		{ pods, name, ports, nodePorts, annotations, headless = false }: ServiceProps,
	) {
		super(scope, id);
		this.name = name;
		this.ports = Object.fromEntries(
			(ports ?? Object.keys(pods.ports)).map((port) => {
				const number = pods.ports[port];
				if (number === undefined)
					throw new VisibleError(
						`Service ${name} offers port "${port}"; its pods have ${Object.keys(pods.ports).join(", ") || "none"}`,
					);
				return [port, number];
			}),
		);
		this.host = `${name}.${pods.namespace.literalName}.svc.${siteOf(this).cluster.domain}`;
		new ServiceV1(this, "Resource", {
			metadata: {
				name,
				namespace: pods.namespace.name,
				labels: { ...pods.selector },
				...(annotations && { annotations: { ...annotations } }),
			},
			spec: {
				selector: { ...pods.selector },
				...(headless ? { clusterIp: "None", publishNotReadyAddresses: true } : {}),
				...(nodePorts ? { type: "NodePort", externalTrafficPolicy: "Cluster" } : {}),
				port: Object.entries(this.ports).map(([name, port]) => ({
					name,
					port,
					targetPort: name,
					...(nodePorts?.[name] === undefined ? {} : { nodePort: nodePorts[name] }),
				})),
			},
		});
	}
}

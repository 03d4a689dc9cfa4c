import { NetworkPolicyV1 } from "@cdktf/provider-kubernetes/lib/network-policy-v1/index.js";
import { Construct } from "constructs";
import type { PodSet } from "./workload.ts";

/** Clients that may connect, and the ports of the pods that they may connect to. */
export interface AllowedClients {
	/** Namespaces whose pods are let in; the workload's own when it is listed. */
	readonly namespaces?: readonly string[];
	/** Networks in CIDR notation that are let in, such as those of the nodes. */
	readonly networks?: readonly string[];
	/** Names of the pods' ports. */
	readonly ports: readonly string[];
}

export interface IngressPolicyProps {
	readonly pods: PodSet;
	readonly allow: readonly AllowedClients[];
}

/** Refuses connections to a workload from all clients but those listed. Probes of the kubelet are not affected. */
export class IngressPolicy extends Construct {
	constructor(scope: Construct, id: string, { pods, allow }: IngressPolicyProps) {
		super(scope, id);
		new NetworkPolicyV1(this, "Resource", {
			metadata: { name: pods.name, namespace: pods.namespace.name },
			spec: {
				podSelector: { matchLabels: { ...pods.selector } },
				policyTypes: ["Ingress"],
				ingress: allow
					.filter(({ namespaces = [], networks = [] }) => namespaces.length + networks.length > 0)
					.map(({ namespaces = [], networks = [], ports }) => ({
						from: [
							...(namespaces.length > 0 ? [inNamespaces(namespaces)] : []),
							...networks.map((cidr) => ({ ipBlock: { cidr } })),
						],
						ports: ports.map((name) => ({ protocol: "TCP", port: String(pods.ports[name]) })),
					})),
			},
		});
	}
}

function inNamespaces(namespaces: readonly string[]) {
	return {
		namespaceSelector: {
			matchExpressions: [
				{
					key: "kubernetes.io/metadata.name",
					operator: "In",
					values: [...new Set(namespaces)].sort(),
				},
			],
		},
	};
}

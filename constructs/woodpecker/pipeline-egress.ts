import type { NetworkPolicyV1SpecEgress } from "@cdktf/provider-kubernetes/lib/network-policy-v1/index.js";
import type { Site } from "../../config/schema/site.ts";
import { outsideTheInternet } from "../platform/tenant-network.ts";

/** Port of the API servers (`--secure-port`), behind the Service `kubernetes`. */
const apiPort = 6443;

const tcp = (port: number) => ({ protocol: "TCP", port: String(port) });

/**
 * Egress of tenants' steps: each other, DNS, Vault, the API server, the ingress controller, the image registry, and the
 * Internet; not other pods, nodes or machines of the site.
 */
export function pipelineEgress(site: Site): NetworkPolicyV1SpecEgress[] {
	const { network, cluster, hypervisor, endpoints } = site;
	const hosts = (names: readonly string[]) =>
		names.flatMap((name) => network.hosts[name]?.address ?? []).map((address) => `${address}/32`);
	const nodes = Object.values(cluster.nodes);
	const apiServers = nodes.filter(({ controlPlane }) => controlPlane);
	const { imageRegistry } = hypervisor;
	return [
		{ to: [{ podSelector: {} }] },
		{
			to: [inNamespace("kube-system")],
			ports: [
				{ protocol: "UDP", port: "53" },
				{ protocol: "TCP", port: "53" },
			],
		},
		{ to: [inNamespace("vault")], ports: [tcp(endpoints["vault-active"]?.ports.http ?? 8200)] },
		// When the site marks no node as control plane, it may be any of them.
		...hosts((apiServers.length > 0 ? apiServers : nodes).map(({ host }) => host)).map((cidr) => ({
			to: [{ ipBlock: { cidr } }],
			ports: [tcp(apiPort)],
		})),
		{ to: [inNamespace(cluster.ingress.namespace)] },
		{
			to: hosts([imageRegistry.host]).map((cidr) => ({ ipBlock: { cidr } })),
			ports: [tcp(imageRegistry.private.port)],
		},
		{
			to: [
				{
					ipBlock: {
						cidr: "0.0.0.0/0",
						except: [...outsideTheInternet(site)],
					},
				},
			],
		},
	];
}

function inNamespace(name: string) {
	return { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } } };
}

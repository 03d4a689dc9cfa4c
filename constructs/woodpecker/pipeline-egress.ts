import type { NetworkPolicyV1SpecEgress } from "@cdktf/provider-kubernetes/lib/network-policy-v1/index.js";
import type { Site } from "../../config/schema/site.ts";
import { inNamespace, toApiServers, toDns, toVault } from "../platform/site-egress.ts";
import { outsideTheInternet } from "../platform/tenant-network.ts";

/**
 * Egress of tenants' steps: each other, DNS, Vault, the API server, the ingress controller, the image registry, and the
 * Internet; not other pods, nodes or machines of the site.
 */
export function pipelineEgress(site: Site): NetworkPolicyV1SpecEgress[] {
	const { network, cluster, hypervisor } = site;
	const hosts = (names: readonly string[]) =>
		names.flatMap((name) => network.hosts[name]?.address ?? []).map((address) => `${address}/32`);
	const { imageRegistry } = hypervisor;
	return [
		{ to: [{ podSelector: {} }] },
		toDns,
		toVault(site),
		...toApiServers(site),
		{ to: [inNamespace(cluster.ingress.namespace)] },
		{
			to: hosts([imageRegistry.host]).map((cidr) => ({ ipBlock: { cidr } })),
			ports: [{ protocol: "TCP", port: String(imageRegistry.private.port) }],
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

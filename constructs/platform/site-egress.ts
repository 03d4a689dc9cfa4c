import type { NetworkPolicyV1SpecEgress } from "@cdktf/provider-kubernetes/lib/network-policy-v1/index.js";
import type { Site } from "../../config/schema/site.ts";

/** Port of the API servers (`--secure-port`), behind the Service `kubernetes`. */
const apiPort = 6443;

const tcp = (port: number) => ({ protocol: "TCP", port: String(port) });

/** All pods of a namespace, as a peer of a network policy. */
export const inNamespace = (name: string) => ({
	namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
});

/** Egress to the cluster's DNS. */
export const toDns: NetworkPolicyV1SpecEgress = {
	to: [inNamespace("kube-system")],
	ports: [{ protocol: "UDP", port: "53" }, tcp(53)],
};

/** Egress to the servers of Vault. */
export function toVault({ endpoints }: Pick<Site, "endpoints">): NetworkPolicyV1SpecEgress {
	return { to: [inNamespace("vault")], ports: [tcp(endpoints["vault-active"]?.ports.http ?? 8200)] };
}

/** Egress to the API servers; when the site marks no node as control plane, it may be any of them. */
export function toApiServers({
	network,
	cluster,
}: Pick<Site, "network" | "cluster">): NetworkPolicyV1SpecEgress[] {
	const nodes = Object.values(cluster.nodes);
	const apiServers = nodes.filter(({ controlPlane }) => controlPlane);
	return (apiServers.length > 0 ? apiServers : nodes).flatMap(({ host }) => {
		const address = network.hosts[host]?.address;
		return address === undefined
			? []
			: [{ to: [{ ipBlock: { cidr: `${address}/32` } }], ports: [tcp(apiPort)] }];
	});
}

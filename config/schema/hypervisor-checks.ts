import { formatDuration } from "./duration.ts";
import type { Problem } from "./problem.ts";
import type { Site } from "./site.ts";

/** The bridges carry subnets that exist, and a machine with a fixed address is in the subnet of that address. */
export function* machinesFitTheNetwork({
	network: { hosts, subnets },
	hypervisor: { bridges, machines },
}: Pick<Site, "network" | "hypervisor">): Iterable<Problem> {
	for (const [bridge, carried] of Object.entries(bridges))
		for (const [index, subnet] of carried.entries())
			if (!Object.hasOwn(subnets, subnet))
				yield unknown(`hypervisor.bridges.${bridge}.${index}`, "subnet", subnet, subnets);
	const owners = new Map<string, string>();
	for (const [name, { host, networks }] of Object.entries(machines)) {
		if (host === undefined) continue;
		const path = `hypervisor.machines.${name}.host`;
		const subnet = hosts[host]?.subnet;
		const owner = owners.get(host);
		if (subnet === undefined) yield unknown(path, "host in network.hosts", host, hosts);
		else if (owner !== undefined) yield { path, message: `host ${host} is already ${owner}` };
		else if (Object.hasOwn(subnets, subnet) && !networks.some((network) => network.subnet === subnet))
			yield {
				path: `hypervisor.machines.${name}.networks`,
				message: `expected an interface in ${describe(subnet, subnets)}, where the address of host ${host} is`,
			};
		owners.set(host, name);
	}
}

/** The image registry starts before the nodes, which pull their images from it. */
export function* registryStartsFirst({
	cluster,
	network,
	hypervisor: { imageRegistry, machines },
}: Pick<Site, "cluster" | "network" | "hypervisor">): Iterable<Problem> {
	const { host } = imageRegistry;
	if (!Object.hasOwn(network.hosts, host))
		yield unknown("hypervisor.imageRegistry.host", "host in network.hosts", host, network.hosts);
	const registry = Object.values(machines).find((machine) => machine.host === host)?.managed?.startup;
	if (registry === undefined) return;
	for (const [name, { startup }] of nodeMachines(cluster, machines))
		if (startup.order <= registry.order)
			yield {
				path: `hypervisor.machines.${name}.managed.startup.order`,
				message: `expected more than ${registry.order} of the registry: nodes pull their images from it`,
			};
}

/**
 * The hypervisor waits for a node at least as long as its kubelet takes to stop pods, and less than logind delays a
 * shutdown.
 */
export function* nodesShutDownInTime({
	cluster,
	hypervisor: { kubernetesNode, machines },
}: Pick<Site, "cluster" | "hypervisor">): Iterable<Problem> {
	const { kubeletStop, inhibitDelay } = kubernetesNode.shutdown;
	for (const [name, { startup }] of nodeMachines(cluster, machines))
		if (startup.shutdownTimeout < kubeletStop || startup.shutdownTimeout >= inhibitDelay)
			yield {
				path: `hypervisor.machines.${name}.managed.startup.shutdownTimeout`,
				message: `expected at least ${formatDuration(kubeletStop)} (kubeletStop) and less than ${formatDuration(inhibitDelay)} (inhibitDelay)`,
			};
}

/** Managed machines that are nodes of the cluster. */
function* nodeMachines(cluster: Site["cluster"], machines: Site["hypervisor"]["machines"]) {
	const nodes = new Set(Object.values(cluster.nodes).map(({ host }) => host));
	for (const [name, { host, managed }] of Object.entries(machines))
		if (host !== undefined && nodes.has(host) && managed !== undefined) yield [name, managed] as const;
}

function unknown(path: string, what: string, input: string, record: object): Problem {
	return { path, message: `there is no ${what} "${input}"`, input, candidates: Object.keys(record) };
}

function describe(subnet: string, subnets: Site["network"]["subnets"]): string {
	const vlan = subnets[subnet]?.vlan;
	return vlan === undefined ? `subnet ${subnet}` : `subnet ${subnet} (VLAN ${vlan})`;
}

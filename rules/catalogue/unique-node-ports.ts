import { block, blocks, plain } from "../../world/blocks.ts";
import { kubernetesObjects } from "../../world/kubernetes-objects.ts";
import { worldRule } from "../rule.ts";

const lowest = 30000;
const highest = 32767;

export const uniqueNodePorts = worldRule({
	id: "unique-node-ports",
	severity: "error",
	reason:
		"A node port belongs to one Service of the whole cluster; the second one fails in the middle of an apply.",
	remedy: `Choose a free port from ${lowest} to ${highest}; the site lists foreign ones in cluster.nodePorts.`,
	*check(world) {
		const owners = new Map<string, string>();
		for (const [name, port] of Object.entries(world.site.cluster.nodePorts))
			for (const protocol of ["TCP", "UDP", "SCTP"])
				owners.set(`${port}/${protocol}`, `${name} of cluster.nodePorts`);
		for (const { kind, resource, namespace, name, given, at } of kubernetesObjects(world).all) {
			if (kind !== "service") continue;
			for (const { block: entry, path } of blocks(block(given.spec).port, `${at}spec.port`)) {
				const port = plain(entry.node_port);
				if (port === undefined) continue;
				const owner = owners.get(`${port}/${plain(entry.protocol) ?? "TCP"}`);
				owners.set(`${port}/${plain(entry.protocol) ?? "TCP"}`, `Service ${namespace}/${name}`);
				const problem =
					owner !== undefined
						? `already belongs to ${owner}`
						: Number(port) < lowest || Number(port) > highest
							? `lies outside ${lowest} to ${highest}`
							: undefined;
				if (problem !== undefined)
					yield {
						subject: resource,
						argument: `${path}.node_port`,
						message: `node port ${port} ${problem}`,
					};
			}
		}
	},
});

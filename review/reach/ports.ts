import { mailEdge } from "../../constructs/mail/edge.ts";
import { mailListeners } from "../../constructs/mail/listeners.ts";
import { block, blocks, isExpression, plain } from "../../world/blocks.ts";
import { type KubernetesObject, kubernetesObjects } from "../../world/kubernetes-objects.ts";
import { textList } from "../../world/label-selector.ts";
import { podTemplates } from "../../world/pods.ts";
import type { World } from "../../world/world.ts";
import type { Fact } from "./fact.ts";

const inside = "the site's networks";

/** Ports that are open outside the cluster: of the nodes, of load balancers, and of the edge. */
export function* portFacts(world: World): Iterable<Fact> {
	const { all } = kubernetesObjects(world);
	const services = all.filter(({ kind }) => kind === "service");
	for (const service of services) yield* ofService(service);
	for (const [name, port] of Object.entries(world.site.cluster.nodePorts))
		yield {
			subject: inside,
			verb: "reach",
			object: `port ${port} of every node (${name})`,
			risk: "network",
			grants: [],
		};
	for (const { owner, spec, containers } of podTemplates(world)) {
		const common = { subject: inside, verb: "reach", risk: "network", grants: [owner.resource] } as const;
		const pods = `pods of ${owner.namespace}/${owner.name}`;
		if (spec.host_network === true) yield { ...common, object: `every port that ${pods} open on their node` };
		for (const { block: container } of containers)
			for (const { block: port } of blocks(container.port, ""))
				if (plain(port.host_port) !== undefined)
					yield { ...common, object: `port ${plain(port.host_port)} of the node of ${pods}` };
	}
	const listeners = new Map(mailListeners(world.site).map((listener) => [listener.publicPort, listener]));
	for (const { port } of mailEdge(world.site).nat) {
		const listener = listeners.get(port);
		yield {
			subject: "the Internet",
			verb: "reach",
			object: `port ${port} of the site (mail listener ${listener?.name})`,
			risk: "public",
			grants: services
				.filter((service) => nodePortsOf(service).includes(String(listener?.nodePort)))
				.map(({ resource }) => resource),
		};
	}
}

function portsOf(service: KubernetesObject) {
	const spec = block(service.given.spec);
	return blocks(spec.port ?? spec.ports, "").map(({ block: one }) => one);
}

function nodePortsOf(service: KubernetesObject): readonly string[] {
	return portsOf(service).flatMap((port) => plain(port.node_port ?? port.nodePort) ?? []);
}

function* ofService(service: KubernetesObject): Iterable<Fact> {
	const { namespace, name, resource } = service;
	const spec = block(service.given.spec);
	const where = `Service ${namespace}/${name}`;
	const reach = (object: string): Fact => ({
		subject: inside,
		verb: "reach",
		object,
		risk: "network",
		grants: [resource],
	});
	const type = plain(spec.type) ?? "ClusterIP";
	if (isExpression(spec.type))
		yield { ...reach(`${where}, whose type only Terraform knows`), risk: "unknown" };
	for (const port of portsOf(service)) {
		const label = `${plain(port.protocol) ?? "TCP"} ${plain(port.port) ?? "(known to Terraform)"}`;
		const nodePort = plain(port.node_port ?? port.nodePort);
		if (type === "NodePort" || (type === "LoadBalancer" && spec.allocate_load_balancer_node_ports !== false))
			yield reach(
				nodePort === undefined
					? `a port of every node for ${where} at ${label}`
					: `port ${nodePort} of every node (${where})`,
			);
		if (type === "LoadBalancer") yield reach(`the load balancer of ${where} at ${label}`);
		for (const address of textList(spec.external_ips ?? spec.externalIPs))
			yield reach(`address ${address} of ${where} at ${label}`);
	}
}

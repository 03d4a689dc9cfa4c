import { networkPolicies, type PolicyRule } from "../../world/network-policies.ts";
import { oncePer } from "../../world/once-per.ts";
import type { World } from "../../world/world.ts";
import type { Fact } from "./fact.ts";
import {
	concerns,
	connection,
	type End,
	isolationBy,
	type NetworkEnd,
	type Port,
} from "./network-decision.ts";
import { type PodGroup, podGroups } from "./pod-groups.ts";

interface NetworkGroup extends NetworkEnd {
	readonly name: string;
	readonly resource: undefined;
}

/** An address of the Internet (RFC 5737): no network of a site. */
const internet: NetworkGroup = { name: "the Internet", cidr: "192.0.2.1/32", resource: undefined };

/** A port that no policy names, to stand for all such. */
const unnamed = 61_000;

/**
 * Which pods may connect to which, and from and to which networks: computed for every pair, so that the first policy of
 * a pod closes what was open, and the last one that goes opens it.
 */
export function* networkFacts(world: World, compared: readonly World[]): Iterable<Fact> {
	yield* unknownPolicies(world);
	const pods = podGroups(world, compared);
	const networks = networksOf(world, compared);
	const declared = portsByName(compared);
	const isolation = isolationBy(networkPolicies(world));
	const targets = [...pods, ...networks, internet].map((to) => ({
		to,
		ports: portsOf(to, compared, declared),
		open: isolation("ingress", to).length === 0,
	}));
	const openPorts = targets.reduce((sum, { ports, open }) => sum + (open ? ports.length : 0), 0);
	const openPodPorts = targets.reduce(
		(sum, { to, ports, open }) => sum + (open && "namespace" in to ? ports.length : 0),
		0,
	);
	const openSources = pods.filter((from) => isolation("egress", from).length === 0).length;
	for (const { to, ports, open } of targets)
		for (const from of "namespace" in to ? [...pods, ...networks] : pods)
			for (const port of ports) {
				const allowed = connection(isolation, from, to, port, world.site.network.pods);
				if (allowed === undefined) continue;
				const policed = allowed.by.map(({ object }) => object.resource);
				const unpoliced = to.resource ?? from.resource;
				yield {
					subject: from.name,
					verb: "connect to",
					object: `${to.name} at ${port.number === unnamed ? "any other port" : `${port.protocol} ${port.number}`}`,
					risk: "network",
					grants: policed.length > 0 ? policed : unpoliced === undefined ? [] : [unpoliced],
					subjectWholes:
						"namespace" in from
							? [
									namespaceWhole(from, pods),
									...(isolation("egress", from).length === 0
										? [{ name: "all pods with open egress", parts: openSources }]
										: []),
								]
							: [{ name: "the site's networks", parts: networks.length }],
					objectWholes: [
						{ name: to.name, parts: ports.length },
						...(open
							? [
									"namespace" in from
										? { name: "everything that no policy closes", parts: openPorts }
										: { name: "all pods with open ingress", parts: openPodPorts },
								]
							: []),
					],
				};
			}
}

function* unknownPolicies(world: World): Iterable<Fact> {
	for (const { object, unresolved } of networkPolicies(world))
		if (unresolved)
			yield {
				subject: `network policy ${object.namespace}/${object.name}`,
				verb: "allow",
				object: "what only Terraform knows",
				risk: "unknown",
				grants: [object.resource],
			};
}

function namespaceWhole({ namespace }: PodGroup, groups: readonly PodGroup[]) {
	return {
		name: `pods of namespace ${namespace}`,
		parts: groups.filter((group) => group.namespace === namespace).length,
	};
}

/** Networks of the site, and machines that a policy names. */
function networksOf({ site }: World, compared: readonly World[]): readonly NetworkGroup[] {
	const subnets = Object.entries(site.network.subnets).map(([name, { cidr }]) => ({
		name: `network ${name}`,
		cidr,
		resource: undefined,
	}));
	const hosts = new Map(
		Object.entries(site.network.hosts).map(([name, { address }]) => [`${address}/32`, `machine ${name}`]),
	);
	const named = new Set(
		compared
			.flatMap((world) => rulesOf(world))
			.flatMap(({ peers }) => peers.flatMap(({ cidr }) => (cidr?.endsWith("/32") ? [cidr] : []))),
	);
	const machines = [...named].sort().map((cidr) => ({
		name: hosts.get(cidr) ?? `address ${cidr.slice(0, -"/32".length)}`,
		cidr,
		resource: undefined,
	}));
	return [...subnets, ...machines];
}

const rulesOf = oncePer((world: World): readonly PolicyRule[] =>
	networkPolicies(world).flatMap(({ ingress = [], egress = [] }) => [...ingress, ...egress]),
);

/** Ports by which connections to a group are told apart: those that it declares or a policy of its world names. */
function portsOf(
	to: PodGroup | NetworkGroup,
	compared: readonly World[],
	declared: ReadonlyMap<string, readonly Port[]>,
): readonly Port[] {
	const ports = new Map<string, Port>();
	const add = (port: Port) => ports.set(`${port.protocol} ${port.number}`, port);
	for (const port of declared.get(to.name) ?? []) add(port);
	for (const world of compared)
		for (const port of namedPorts(world, "namespace" in to ? to.namespace : undefined, to)) add(port);
	add({ protocol: "TCP", number: unnamed });
	return [...ports.values()].sort((a, b) => a.number - b.number || (a.protocol < b.protocol ? -1 : 1));
}

function portsByName(compared: readonly World[]): ReadonlyMap<string, readonly Port[]> {
	const ports = new Map<string, Port[]>();
	for (const world of compared)
		for (const { name, ports: declared } of podGroups(world, compared))
			ports.set(name, [...(ports.get(name) ?? []), ...declared]);
	return ports;
}

/** Ports of rules that may concern an end: ingress of its namespace, and egress rules anywhere. */
function* namedPorts(world: World, namespace: string | undefined, to: End): Iterable<Port> {
	const names = "namespace" in to ? to.portNames : {};
	for (const { object, ingress = [], egress = [] } of networkPolicies(world)) {
		const rules = [
			...(object.namespace === namespace ? ingress : []),
			...egress.filter((rule) => concerns(rule, object.namespace, to, world.site.network.pods)),
		];
		for (const { ports } of rules)
			for (const { protocol, port, end } of ports) {
				if (port === undefined) continue;
				const number = /^\d+$/.test(port) ? Number(port) : names[port];
				if (number === undefined) continue;
				yield { protocol, number };
				if (end !== undefined) yield { protocol, number: end };
			}
	}
}

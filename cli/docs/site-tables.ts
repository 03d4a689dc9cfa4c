import type { Site } from "../../config/schema/site.ts";
import type { StackFacts } from "../../stacks/declaration.ts";
import { code, markdownTable } from "./markdown-table.ts";

/** The stacks in the order in which they are applied. */
export function stackTable(catalogue: readonly StackFacts[]): string {
	return markdownTable(
		["Stack", "State tier", "Purpose"],
		catalogue.map(({ name, stateTier, purpose }) => [name, String(stateTier), purpose]),
	);
}

/** Subnets of a site, pods and services included. */
export function subnetTable({ network: { subnets, pods, services } }: Site): string {
	return markdownTable(
		["Subnet", "Network", "Gateway", "VLAN", "Purpose"],
		[
			...Object.entries(subnets).map(([name, { cidr, gateway, vlan, purpose }]) => [
				name,
				code(cidr),
				code(gateway),
				String(vlan ?? ""),
				purpose,
			]),
			["pods", code(pods), "", "", "Pod network of the cluster"],
			["services", code(services), "", "", "Service network of the cluster"],
		],
	);
}

/** Machines with a fixed address. */
export function hostTable({ network: { hosts } }: Site): string {
	return markdownTable(
		["Host", "Address", "Subnet", "Purpose"],
		Object.entries(hosts).map(([name, { address, subnet, purpose }]) => [
			name,
			code(address),
			subnet,
			purpose,
		]),
	);
}

/** Addresses that the parts of the platform offer to each other. */
export function endpointTable({ endpoints }: Site): string {
	return markdownTable(
		["Endpoint", "Host", "Ports", "Served by", "Purpose"],
		Object.entries(endpoints).map(([name, { host, ports, stack, purpose }]) => [
			name,
			code(host),
			Object.entries(ports)
				.map(([port, number]) => `${number} ${port}`)
				.join(", "),
			stack === undefined ? "outside this project" : `stack ${stack}`,
			purpose,
		]),
	);
}

/** Node ports that no stack of the project owns. */
export function nodePortTable({ cluster: { nodePorts } }: Site): string {
	return markdownTable(
		["Node port", "Taken by"],
		Object.entries(nodePorts).map(([name, port]) => [String(port), name]),
	);
}

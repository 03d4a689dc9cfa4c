import { formatDuration } from "../../config/schema/duration.ts";
import { formatBytes } from "../../config/schema/primitives.ts";
import type { Site } from "../../config/schema/site.ts";
import { code, markdownTable } from "./markdown-table.ts";

/** Every virtual machine of the hypervisor, by number. */
export function machineTable({ hypervisor: { machines }, network: { hosts, subnets } }: Site): string {
	const byId = Object.entries(machines).sort(([, one], [, other]) => one.id - other.id);
	return markdownTable(
		[
			"Id",
			"Machine",
			"Purpose",
			"Cores",
			"Memory",
			"Disk",
			"Networks",
			"Address",
			"Managed",
			"Start, delay, stop",
		],
		byId.map(([name, { id, purpose, cores, memory, disk, running, networks, host, managed }]) => [
			String(id),
			name,
			running ? purpose : `${purpose} (stopped)`,
			String(cores),
			formatBytes(memory),
			formatBytes(disk),
			networks.map(({ subnet }) => describe(subnet, subnets[subnet]?.vlan)).join(", "),
			code(host === undefined ? "" : hosts[host]?.address),
			managed === undefined ? "no" : (managed.template ?? "yes"),
			managed === undefined ? "" : startup(managed.startup),
		]),
	);
}

/** What machines are cloned from. */
export function templateTable({ hypervisor: { templates, images } }: Site): string {
	return markdownTable(
		["Id", "Template", "Image", "Cloud-init makes it"],
		Object.entries(templates).map(([name, { id, image, provision }]) => [
			String(id),
			name,
			code(images[image]?.url),
			provision,
		]),
	);
}

function describe(subnet: string, vlan: number | undefined): string {
	return vlan === undefined ? subnet : `${subnet} (VLAN ${vlan})`;
}

type Startup = NonNullable<Site["hypervisor"]["machines"][string]["managed"]>["startup"];

function startup({ order, delay, shutdownTimeout }: Startup): string {
	return `${order}, ${formatDuration(delay)}, ${formatDuration(shutdownTimeout)}`;
}

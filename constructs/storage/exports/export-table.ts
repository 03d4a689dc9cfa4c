import type { NfsExport } from "../../../config/schema/exports.ts";
import type { Site } from "../../../config/schema/site.ts";

/** An entry of the table: one path for one client. */
export interface TableEntry {
	readonly path: string;
	/** Address, network or `*`. */
	readonly client: string;
	/** Options of exports(5), such as `rw` or `fsid=1`. */
	readonly options: readonly string[];
}

/** Export table of a site, with names of hosts and subnets replaced by addresses. */
export function exportTable({ network, storage }: Pick<Site, "network" | "storage">): TableEntry[] {
	return storage.exports.flatMap((entry) => {
		const options = optionsOf(entry);
		return entry.clients.map((name) => ({ path: entry.path, client: clientOf(network, name), options }));
	});
}

function clientOf({ subnets, hosts }: Site["network"], name: string): string {
	return subnets[name]?.cidr ?? hosts[name]?.address ?? "*";
}

/** Every option is explicit: defaults have changed between versions of the server. */
function optionsOf({ access, sync, squash, secure, subtreeCheck, fsid, disk }: NfsExport): string[] {
	return [
		access,
		sync,
		subtreeCheck ? "subtree_check" : "no_subtree_check",
		...(squash === "all_squash" ? ["root_squash", squash] : [squash, "no_all_squash"]),
		secure ? "secure" : "insecure",
		...(fsid === undefined ? [] : [`fsid=${fsid}`]),
		...(disk === undefined ? [] : [`mountpoint=${disk}`]),
	];
}

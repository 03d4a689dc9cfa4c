import type { NfsExport } from "../../../config/schema/exports.ts";
import type { Site } from "../../../config/schema/site.ts";

/** One path for one client, as the server keeps it. */
export interface TableEntry {
	readonly path: string;
	/** Address, network or `*`. */
	readonly client: string;
	/** Words of exports(5), such as `rw` or `fsid=1`. */
	readonly options: readonly string[];
}

/** The table that a site's exports mean, references replaced by addresses. */
export function exportTable({ network, storage }: Pick<Site, "network" | "storage">): TableEntry[] {
	return storage.exports.flatMap((entry) => {
		const options = optionsOf(entry);
		return entry.clients.map((name) => ({ path: entry.path, client: clientOf(network, name), options }));
	});
}

function clientOf({ subnets, hosts }: Site["network"], name: string): string {
	return subnets[name]?.cidr ?? hosts[name]?.address ?? "*";
}

/** Every option that has a meaning here is spelt out: what a server would assume has changed between versions. */
function optionsOf({ access, sync, squash, secure, subtreeCheck, fsid }: NfsExport): string[] {
	return [
		access,
		sync,
		subtreeCheck ? "subtree_check" : "no_subtree_check",
		...(squash === "all_squash" ? ["root_squash", squash] : [squash, "no_all_squash"]),
		secure ? "secure" : "insecure",
		...(fsid === undefined ? [] : [`fsid=${fsid}`]),
	];
}

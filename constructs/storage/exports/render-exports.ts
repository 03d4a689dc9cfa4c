import type { Site } from "../../../config/schema/site.ts";
import { exportTable, type TableEntry } from "./export-table.ts";

/** Text of `/etc/exports` (exports(5)) for a site: one line per path, all of its clients on it. */
export function renderExports(site: Pick<Site, "name" | "network" | "storage">): string {
	const lines = Map.groupBy(exportTable(site), ({ path }) => path);
	return [
		`# Generated from storage.exports of the site "${site.name}": change it there, then run infra exports apply.`,
		"# A change needs exportfs -ra only. Restarting the NFS server leaves every client with stale mounts.",
		...[...lines].map(([path, entries]) => `${path} ${entries.map(renderClient).join(" ")}`),
		"",
	].join("\n");
}

/** No space before the parenthesis: the options would then apply to all clients. */
function renderClient({ client, options }: TableEntry): string {
	return `${client}(${options.join(",")})`;
}

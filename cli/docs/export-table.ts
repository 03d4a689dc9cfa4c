import type { Site } from "../../config/schema/site.ts";
import { exportTable } from "../../constructs/storage/exports/export-table.ts";
import { code, markdownTable } from "./markdown-table.ts";

/** What the NFS server of a site exports, to whom and how. */
export function exportsTable(site: Pick<Site, "network" | "storage">): string {
	const entries = exportTable(site);
	const names = site.storage.exports.flatMap(({ clients }) => clients);
	return markdownTable(
		["Path", "Client", "Address", "Options"],
		entries.map(({ path, client, options }, index) => [
			code(path),
			names[index] ?? "",
			code(client),
			code(options.join(",")),
		]),
	);
}

import { exportOf } from "../../config/schema/exports.ts";
import type { TableEntry } from "../../constructs/storage/exports/export-table.ts";
import { plural } from "../../world/plural.ts";
import { compareTables, renderDifference, statedOptions } from "./compare-tables.ts";
import type { LoadedTable } from "./load-table.ts";

/** Something that the stacks mount from the server. */
export interface Consumer {
	/** Path on the server. */
	readonly path: string;
	/** Construct path of the volume or class. */
	readonly construct: string;
}

/**
 * What is wrong with a table that exportfs has loaded on trial. exportfs itself accepts most of it: it exits with 0 for
 * an empty table and for one with a pseudo-root.
 *
 * @param model the table that was meant; without one the table is judged by itself
 */
export function* tableProblems(
	{ complaints, entries }: LoadedTable,
	model?: readonly TableEntry[],
): Iterable<string> {
	yield* complaints.map((text) => `exportfs: ${text}`);
	if (entries.length === 0) yield "it exports nothing: every volume would be taken away";
	const owners = new Map<string, string>();
	for (const { path, options } of entries) {
		if (!path.startsWith("/")) yield `${path} is a relative path`;
		const fsid = options.find((option) => option.startsWith("fsid="));
		if (fsid === "fsid=0")
			yield `${path} is exported with fsid=0: as the NFSv4 root it makes mounts of its directories fail`;
		const owner = fsid === undefined ? undefined : owners.get(fsid);
		if (fsid !== undefined && owner === undefined) owners.set(fsid, path);
		if (owner !== undefined && owner !== path) yield `${path} has the ${fsid} of ${owner}`;
	}
	if (model !== undefined)
		for (const difference of compareTables(model, statedOptions(entries))) yield renderDifference(difference);
}

export interface Removal {
	/** Paths that are exported now. */
	readonly exported: readonly string[];
	/** Paths that shall be exported. */
	readonly proposed: readonly string[];
	readonly consumers: readonly Consumer[];
	/** Paths whose removal the user has confirmed by name. */
	readonly confirmed: readonly string[];
}

/** Exports that would go away: never while something mounts them, and only when they are named. */
export function* removalProblems({ exported, proposed, consumers, confirmed }: Removal): Iterable<string> {
	const removed = exported.filter((path) => !proposed.includes(path));
	const byPath = exported.map((path) => ({ path }));
	for (const path of removed) {
		const users = consumers.filter((consumer) => exportOf(byPath, consumer.path)?.path === path);
		if (users.length > 0)
			yield `${path} is removed, and ${plural(users.length, "volume")} would lose it: ${users
				.map(({ construct }) => construct)
				.join(", ")}`;
		else if (!confirmed.includes(path))
			yield `${path} is removed: pass --remove ${path} when that is meant, after its clients have unmounted it`;
	}
	for (const path of confirmed)
		if (!removed.includes(path)) yield `--remove ${path}: ${path} is not among what would be removed`;
}

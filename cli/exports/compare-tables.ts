import type { TableEntry } from "../../constructs/storage/exports/export-table.ts";

/** One path and client that two tables treat differently. */
export interface TableDifference {
	readonly path: string;
	readonly client: string;
	/** Options that are missing; absent when the whole entry should not be there. */
	readonly expected?: readonly string[];
	/** Options that are too many; absent when the whole entry is not there. */
	readonly actual?: readonly string[];
}

/** Compares what should be exported with what is; options have no order. */
export function compareTables(
	expected: readonly TableEntry[],
	actual: readonly TableEntry[],
): TableDifference[] {
	const found = new Map(actual.map((entry) => [key(entry), entry]));
	const differences: TableDifference[] = [];
	for (const entry of expected) {
		const { path, client, options } = entry;
		const other = found.get(key(entry));
		found.delete(key(entry));
		if (other === undefined) differences.push({ path, client, expected: options });
		else {
			const missing = options.filter((option) => !other.options.includes(option));
			const surplus = other.options.filter((option) => !options.includes(option));
			if (missing.length + surplus.length > 0)
				differences.push({ path, client, expected: missing, actual: surplus });
		}
	}
	for (const { path, client, options } of found.values()) differences.push({ path, client, actual: options });
	return differences;
}

const modelled =
	/^(r[ow]|a?sync|(no_)?subtree_check|(no_)?root_squash|(no_)?all_squash|(in)?secure|fsid=.*|mountpoint(=.*)?)$/;

/** A table with only the options that a site states; the others are defaults of exportfs. */
export function statedOptions(table: readonly TableEntry[]): TableEntry[] {
	return table.map((entry) => ({
		...entry,
		options: entry.options.filter((option) => modelled.test(option)),
	}));
}

function key({ path, client }: TableEntry): string {
	return `${path} ${client}`;
}

/** A difference as a line for the terminal. */
export function renderDifference({ path, client, expected, actual }: TableDifference): string {
	const place = `${path} for ${client === "*" ? "everybody" : client}`;
	if (expected === undefined) return `${place} is exported, and should not be`;
	if (actual === undefined) return `${place} is not exported`;
	return `${place}: expected ${expected.join(",") || "none"}, found ${actual.join(",") || "none"}`;
}

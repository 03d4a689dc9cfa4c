import type { Target } from "../../clients/host/target.ts";
import type { TableEntry } from "../../constructs/storage/exports/export-table.ts";
import type { Proposal } from "./assess.ts";
import { exportedPaths, loadTable } from "./load-table.ts";
import { tableProblems } from "./problems.ts";

export interface Verdict {
	readonly valid: boolean;
	readonly problems: readonly string[];
	/** What a server would export. */
	readonly table: readonly TableEntry[];
}

/** Judges a text by the exportfs of a machine alone; no server is looked at. */
export async function check(
	target: Target,
	{ text, model }: Pick<Proposal, "text" | "model">,
): Promise<Verdict> {
	const loaded = await loadTable(target, text, await exportedPaths(target, text));
	const problems = [...tableProblems(loaded, model)];
	const place = ({ path, client }: TableEntry) => `${path} ${client}`;
	const table = loaded.entries.toSorted((one, other) => place(one).localeCompare(place(other)));
	return { valid: problems.length === 0, problems, table };
}

export function renderVerdict({ valid, problems, table }: Verdict): string {
	if (!valid) return ["not valid:", ...problems.map((problem) => `- ${problem}`)].join("\n");
	return table.map(({ path, client, options }) => `${path} for ${client}: ${options.join(",")}`).join("\n");
}

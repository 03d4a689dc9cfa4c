import type { Target } from "../../clients/host/target.ts";
import type { TableEntry } from "../../constructs/storage/exports/export-table.ts";
import { patchOf } from "../../terminal/patch.ts";
import { compareTables, type TableDifference } from "./compare-tables.ts";
import { exportedPaths, type LoadedTable, loadTable } from "./load-table.ts";
import { parseTable } from "./parse-table.ts";
import { type Consumer, removalProblems, tableProblems } from "./problems.ts";
import {
	exportsFile,
	missingDirectories,
	readServer,
	type ServerState,
	withoutDisk,
} from "./server-state.ts";

/** A text that may become the `/etc/exports` of a server. */
export interface Proposal {
	readonly text: string;
	/** Where it comes from, for the heading of the patch. */
	readonly source: string;
	/** The table that the text should give; without one the text is judged by itself. */
	readonly model?: readonly TableEntry[];
	readonly consumers: readonly Consumer[];
	/** Paths that may go away. */
	readonly confirmed: readonly string[];
}

/** What a proposal would do to a server. */
export interface Assessment {
	readonly state: ServerState;
	/** What the server's own exportfs makes of the text. */
	readonly loaded: LoadedTable;
	/** Reasons not to do it; empty when it may be done. */
	readonly problems: readonly string[];
	/** Unified diff from the server's file to the text; empty when they are the same. */
	readonly patch: string;
	/** How the table in force differs from the one that the text gives, all options compared. */
	readonly table: readonly TableDifference[];
}

/** Assesses a proposal on the server, without changing anything there. */
export async function assess(target: Target, proposal: Proposal): Promise<Assessment> {
	const { text, source, model, consumers, confirmed } = proposal;
	const proposed = await exportedPaths(target, text);
	const loaded = await loadTable(target, text, proposed);
	const state = await readServer(target);
	const missing = await missingDirectories(target, proposed);
	const unmounted = await withoutDisk(target, disksOf(loaded));
	const problems = [
		...tableProblems(loaded, model),
		...missing.map((path) => `${path} is no directory there: make it before it is exported`),
		...unmounted.map((path) => `no disk is mounted at ${path} there: clients would write beside their data`),
		...(state.link === undefined
			? []
			: [
					`${exportsFile} is a link to ${state.link}: put the file itself in its place, both ways back need it`,
				]),
		...state.extraFiles.map((file) => `${file} exports more than the site knows: move it to storage.exports`),
		...removalProblems({ exported: state.paths, proposed, consumers, confirmed }),
	];
	const table = compareTables(loaded.entries, parseTable(state.etab));
	return { state, loaded, problems, patch: filePatch(target, state.file, text, source), table };
}

/** Where disks must be mounted by options of a table; an option without a path means the export itself (exports(5)). */
function disksOf({ entries }: LoadedTable): string[] {
	const disks = entries.flatMap(({ path, options }) =>
		options.flatMap((option) => {
			const [, , disk = path] = /^mountpoint(=(.*))?$/.exec(option) ?? [undefined, undefined, ""];
			return disk === "" ? [] : [disk];
		}),
	);
	return [...new Set(disks)];
}

/** Whether the server already has the text and exports what it says. */
export function isInForce({ patch, table }: Pick<Assessment, "patch" | "table">): boolean {
	return patch === "" && table.length === 0;
}

function filePatch({ name }: Target, file: string | undefined, text: string, source: string): string {
	const from = file === undefined ? "/dev/null" : `${name}:${exportsFile}`;
	return patchOf({ name: from, text: file ?? "" }, { name: source, text });
}

import { type JournalEntry, readJournal } from "../../engine/state/journal.ts";
import { table } from "../../terminal/table.ts";

/** One act on a state, with its outcome. */
export interface HistoryLine {
	readonly at: string;
	readonly who: string;
	readonly site: string;
	readonly what: string;
	/** `not ended`: the command or the machine was stopped midway, or it still runs. */
	readonly outcome: "done" | "failed" | "not ended";
	readonly commit: string | undefined;
	readonly serial: number | undefined;
	readonly digest: string | undefined;
	readonly plan: string | undefined;
	readonly note: string | undefined;
}

/** The acts of a journal, oldest first. @param folder of the journal */
export function historyOf(folder: string): HistoryLine[] {
	const acts = new Map<string, JournalEntry[]>();
	for (const entry of readJournal(folder)) acts.set(entry.id, [...(acts.get(entry.id) ?? []), entry]);
	return [...acts.values()].flatMap((entries) => {
		const [first, last] = [entries[0], entries.at(-1)];
		if (first === undefined || last === undefined) return [];
		const { at, who, site, what, commit, plan, note } = first;
		const { serial, digest } = last;
		const outcome = last.outcome === "begun" ? "not ended" : last.outcome;
		return [{ at, who, site, what, outcome, commit, serial, digest, plan, note }];
	});
}

export function renderHistory(lines: readonly HistoryLine[]): string {
	if (lines.length === 0) return "nothing was done to this state yet";
	return table(
		["at", "who", "what", "outcome", "serial", "digest", "commit", "note"],
		lines.map(({ at, who, what, outcome, serial, digest, commit, note }) => [
			at,
			who,
			what,
			outcome,
			serial === undefined ? "-" : String(serial),
			digest?.slice(0, 12) ?? "-",
			shortRevision(commit),
			note ?? "",
		]),
	);
}

/** The first digits of a revision, and whether files differed from it. */
function shortRevision(commit: string | undefined): string {
	if (commit === undefined) return "-";
	return commit.replace(/^([0-9a-f]{12})[0-9a-f]*/, "$1");
}

import { existsSync, readFileSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import type { Disk } from "./disk.ts";

/** One line of the journal of a stack. */
export interface JournalEntry {
	/** ISO 8601. */
	readonly at: string;
	/** `user@host`. */
	readonly who: string;
	readonly site: string;
	/** What was done: `apply`, `write`, `rollback`, `unlock`, ... */
	readonly what: string;
	/** `begun` is followed by another outcome, unless the machine or the command was ended midway. */
	readonly outcome: "begun" | "done" | "failed";
	/** Ties the entries of one act together. */
	readonly id: string;
	/** Revision of the code; absent where it is none of git's. */
	readonly commit?: string | undefined;
	/** Version of the state afterwards. */
	readonly serial?: number | undefined;
	/** SHA-256 of the state. */
	readonly digest?: string | undefined;
	/** SHA-256 of the saved plan that was applied. */
	readonly plan?: string | undefined;
	/** More about it, for the reader. */
	readonly note?: string | undefined;
}

/** Name of the journal in the folder of a stack's state. */
export const journalFile = "journal.jsonl";

/** Who works on this machine: `user@host`. */
export const whoAmI = () => `${userInfo().username}@${hostname()}`;

export function appendToJournal(
	folder: string,
	entry: Omit<JournalEntry, "at" | "who">,
	disk: Pick<Disk, "append">,
): void {
	const { site, what, outcome, id, ...rest } = entry;
	const line: JournalEntry = {
		at: new Date().toISOString(),
		who: whoAmI(),
		site,
		what,
		outcome,
		id,
		...rest,
	};
	disk.append(join(folder, journalFile), JSON.stringify(line));
}

/** The entries, oldest first. Half a line, of a machine that has stopped while it wrote, is left out. */
export function readJournal(folder: string): JournalEntry[] {
	const file = join(folder, journalFile);
	if (!existsSync(file)) return [];
	return readFileSync(file, "utf8")
		.split("\n")
		.flatMap((line) => {
			try {
				return line === "" ? [] : [JSON.parse(line) as JournalEntry];
			} catch {
				return [];
			}
		});
}

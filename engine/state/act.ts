import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { printProgress } from "../../terminal/output.ts";
import { type Disk, disk as realDisk } from "./disk.ts";
import { appendToJournal, type JournalEntry } from "./journal.ts";
import type { StateHead } from "./state-head.ts";

export interface ActInput {
	/** Folder of the stack's journal. */
	readonly folder: string;
	readonly site: string;
	readonly commit?: string | undefined;
	/** `apply`, `rollback`, ... */
	readonly what: string;
	/** SHA-256 of the saved plan. */
	readonly plan?: string | undefined;
	readonly note?: string | undefined;
}

/** One act on a state in the journal: a line before it, and one with its outcome. */
export class Act {
	readonly #entry: Omit<JournalEntry, "at" | "who" | "outcome">;
	readonly #folder: string;
	readonly #disk: Disk;

	constructor({ folder, ...entry }: ActInput, disk = realDisk) {
		this.#folder = folder;
		this.#entry = { ...entry, id: randomUUID().slice(0, 8) };
		this.#disk = disk;
		try {
			mkdirSync(folder, { recursive: true });
			appendToJournal(folder, { ...this.#entry, outcome: "begun" }, disk);
		} catch (error) {
			throw new VisibleError(
				`${folder}: the journal cannot be written, and nothing was done: ${(error as Error).message}`,
			);
		}
	}

	/**
	 * What was done is done: a journal that cannot be written any more is a warning.
	 *
	 * @param head the state afterwards, where it is known
	 */
	end(outcome: "done" | "failed", head?: Pick<StateHead, "serial" | "digest">): void {
		const { serial, digest } = head ?? {};
		try {
			appendToJournal(this.#folder, { ...this.#entry, outcome, serial, digest }, this.#disk);
		} catch (error) {
			printProgress(
				`${this.#folder}: the journal does not say how ${this.#entry.what} has ended (${outcome}): ${(error as Error).message}`,
			);
		}
	}
}

import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../../terminal/usage-error.ts";
import { plural } from "../../world/plural.ts";
import { type Disk, disk as realDisk } from "./disk.ts";
import type { Move } from "./rewrite/move-objects.ts";

/** A state that takes part in a move. */
export interface MoveSide {
	readonly stack: string;
	readonly lineage: string;
	/** `digestOfObjects` of what is moved, under its addresses of this side. */
	readonly objects: string;
}

/**
 * A move of objects from one state to another whose two writes may not have happened yet. It is recorded beside both
 * states until they have, and holds no value of an object.
 */
export interface PendingMove {
	readonly id: string;
	/** ISO 8601. */
	readonly at: string;
	/** `user@host`. */
	readonly who: string;
	/** Folder of the source's journal, in the checkout that has begun it. */
	readonly folder: string;
	readonly site: string;
	/** `move`, `split` or `merge`. */
	readonly what: string;
	readonly source: MoveSide;
	/** Written first, so that every object is always in a state. */
	readonly target: MoveSide;
	readonly moves: readonly Move[];
}

/** Where it is recorded beside one of the states that a move is half done. */
export interface MoveRecord {
	/** Whether every checkout sees it. */
	readonly shared: boolean;
	readonly find: () => Promise<PendingMove | undefined>;
	readonly put: (move: PendingMove) => Promise<void>;
	readonly clear: () => Promise<void>;
}

const fileIn = (folder: string) => join(folder, "pending-move.json");

/** A record in the folder of a state, which this checkout alone sees. */
export function recordInFolder(folder: string, disk: Disk = realDisk): MoveRecord {
	const file = fileIn(folder);
	const part = `${file}.part`;
	return {
		shared: false,
		find: async () => moveInFolder(folder),
		put: async (move) => {
			mkdirSync(folder, { recursive: true });
			disk.write(part, `${JSON.stringify(move, undefined, 2)}\n`);
			disk.rename(part, file);
		},
		clear: async () => {
			for (const each of [file, part]) if (existsSync(each)) disk.remove(each);
		},
	};
}

/** The move that is recorded in a folder. @throws UsageError for another file of that name */
export function moveInFolder(folder: string): PendingMove | undefined {
	const file = fileIn(folder);
	if (!existsSync(file)) return undefined;
	try {
		return JSON.parse(readFileSync(file, "utf8")) as PendingMove;
	} catch {
		throw new UsageError(`${file} is no record of a move: look at it, and remove it`);
	}
}

/**
 * Records a move before its first write: first where every checkout sees it, so that a record of this one alone means that
 * somebody else has ended the move.
 */
export async function recordPendingMove(records: readonly MoveRecord[], move: PendingMove): Promise<void> {
	try {
		for (const record of sharedFirst(records)) await record.put(move);
	} catch (error) {
		const left = await clearPendingMove(records).then(
			() => undefined,
			() => `if it was recorded all the same: infra state undo ${move.source.stack} removes that`,
		);
		throw new UsageError(
			`the move cannot be recorded, and nothing was done: ${(error as Error).message}`,
			left,
		);
	}
}

/** The other way round. */
export async function clearPendingMove(records: readonly MoveRecord[]): Promise<void> {
	for (const record of sharedFirst(records).toReversed()) await record.clear();
}

/** The move that is recorded; what every checkout sees says more than what this one has kept. */
export async function findMove(records: readonly MoveRecord[]): Promise<PendingMove | undefined> {
	for (const record of sharedFirst(records)) {
		const move = await record.find();
		if (move !== undefined) return move;
	}
	return undefined;
}

const sharedFirst = (records: readonly MoveRecord[]) =>
	records.toSorted((one, other) => Number(other.shared) - Number(one.shared));

/** @throws UsageError while a move from or to a state that is recorded in its folder is half done */
export function requireNoMoveInFolder(folder: string, stack: string): void {
	const pending = moveInFolder(folder);
	if (pending !== undefined) throw isHalfDone(pending, stack);
}

/**
 * Nobody works on a state while a move from or to it is half done: a plan would destroy what is in both states.
 *
 * @returns what names the commands that end it
 */
export function isHalfDone({ what, who, at, source, target, moves }: PendingMove, stack: string): UsageError {
	return new UsageError(
		`stack ${stack}: a ${what} of ${plural(moves.length, "object")} from ${source.stack} to ${target.stack} was interrupted (${who}, ${at}): each is in one of the two states, or in both`,
		waysToEnd(stack),
	);
}

export const waysToEnd = (stack: string) =>
	`infra state resume ${stack} goes on with it, infra state undo ${stack} takes it back`;

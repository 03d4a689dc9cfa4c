import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { VisibleError } from "../../config/schema/visible-error.ts";
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
 * A move of objects from one state to another whose two writes may not have happened yet. It lies in the folders of both
 * states until they have, and holds no value of an object.
 */
export interface PendingMove {
	readonly id: string;
	/** ISO 8601. */
	readonly at: string;
	/** `user@host`. */
	readonly who: string;
	readonly site: string;
	/** `move`, `split` or `merge`. */
	readonly what: string;
	readonly source: MoveSide;
	/** Written first, so that every object is always in a state. */
	readonly target: MoveSide;
	readonly moves: readonly Move[];
}

/** Folders of the states of both stacks. */
export interface MoveFolders {
	readonly source: string;
	readonly target: string;
}

const fileIn = (folder: string) => join(folder, "pending-move.json");

export function findPendingMove(folder: string): PendingMove | undefined {
	const file = fileIn(folder);
	if (!existsSync(file)) return undefined;
	try {
		return JSON.parse(readFileSync(file, "utf8")) as PendingMove;
	} catch {
		throw new UsageError(`${file} is no record of a move: look at it, and remove it`);
	}
}

/** Records a move before its first write. */
export function recordPendingMove(
	{ source, target }: MoveFolders,
	move: PendingMove,
	disk: Disk = realDisk,
): void {
	try {
		for (const folder of [source, target]) {
			mkdirSync(folder, { recursive: true });
			disk.write(`${fileIn(folder)}.part`, `${JSON.stringify(move, undefined, 2)}\n`);
			disk.rename(`${fileIn(folder)}.part`, fileIn(folder));
		}
	} catch (error) {
		clearPendingMove({ source, target }, disk);
		throw new VisibleError(`the move cannot be recorded, and nothing was done: ${(error as Error).message}`);
	}
}

export function clearPendingMove({ source, target }: MoveFolders, disk: Disk = realDisk): void {
	for (const folder of [target, source])
		for (const file of [fileIn(folder), `${fileIn(folder)}.part`]) if (existsSync(file)) disk.remove(file);
}

/**
 * Nobody works on a state while a move from or to it is half done: a plan would destroy what is in both states.
 *
 * @param folder of the state
 * @throws UsageError that names the commands which end it
 */
export function requireNoPendingMove(folder: string, stack: string): void {
	const pending = findPendingMove(folder);
	if (pending === undefined) return;
	const { what, who, at, source, target, moves } = pending;
	throw new UsageError(
		`stack ${stack}: a ${what} of ${plural(moves.length, "object")} from ${source.stack} to ${target.stack} was interrupted (${who}, ${at}): each is in one of the two states, or in both`,
		`infra state resume ${stack} goes on with it, infra state undo ${stack} takes it back`,
	);
}

import { Act } from "../../engine/state/act.ts";
import { whoAmI } from "../../engine/state/journal.ts";
import type { HolderOfState, LockHolder, StateLock } from "../../engine/state/lock-holder.ts";
import type { PlaceOfState } from "../../engine/state/locked-state.ts";
import { pendingMoveOf, postgresOf } from "../../engine/state/open-state.ts";
import { isHalfDone } from "../../engine/state/pending-move.ts";
import { PostgresLock, type StateInPostgres } from "../../engine/state/postgres-lock.ts";
import { locksOf } from "../../engine/state/state-session.ts";
import { UsageError } from "../../terminal/usage-error.ts";

/**
 * Frees the lock of a state from the holder that is named, and records who did.
 *
 * @returns what was freed, for the reader
 * @throws UsageError when nobody holds it, or somebody else does
 */
export async function unlockState(place: PlaceOfState, name: string): Promise<string> {
	const { folder, commit, section, stack } = place;
	const database = postgresOf(place);
	const freed = database === undefined ? await heldHere(place, name) : await heldThere(database, name);
	if (freed === undefined) {
		const pending = await pendingMoveOf(place);
		throw pending === undefined
			? new UsageError(`stack ${stack}: its state is not locked`)
			: isHalfDone(pending, stack);
	}
	const note = `from ${name}, who held it since ${freed.since} for ${freed.operation}`;
	const act = new Act({ what: "unlock", folder, commit, site: section.site, note });
	try {
		await freed.free();
		act.end("done");
	} catch (error) {
		act.end("failed");
		throw error;
	}
	return note;
}

interface Held extends HolderOfState {
	readonly free: () => Promise<unknown>;
}

/** Locks that the command keeps itself. */
async function heldHere(place: PlaceOfState, name: string): Promise<Held | undefined> {
	const locks = locksOf(place);
	const held: { readonly lock: StateLock; readonly holder: LockHolder }[] = [];
	for (const lock of locks) {
		const holder = await lock.holder();
		if (holder !== undefined) held.push({ lock, holder });
	}
	for (const { holder } of held) requireHolder(place.stack, holder, name);
	const [first] = held;
	if (first === undefined) return undefined;
	const free = async () => {
		for (const { lock, holder } of held) await lock.breakFrom(holder, whoAmI());
	};
	return { ...first.holder, free };
}

/** The session of PostgreSQL that has the lock. */
async function heldThere(database: StateInPostgres, name: string): Promise<Held | undefined> {
	const holder = await PostgresLock.holder(database);
	if (holder === undefined) return undefined;
	requireHolder(database.stack, holder, name);
	return { ...holder, free: () => PostgresLock.end(database, holder) };
}

function requireHolder(stack: string, { holder, since }: HolderOfState, name: string): void {
	if (holder !== name)
		throw new UsageError(`stack ${stack}: its state is locked by ${holder} since ${since}, not by ${name}`);
}

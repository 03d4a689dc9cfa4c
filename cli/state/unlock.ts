import { Act } from "../../engine/state/act.ts";
import { whoAmI } from "../../engine/state/journal.ts";
import type { HolderOfState, LockHolder, StateLock } from "../../engine/state/lock-holder.ts";
import type { PlaceOfState } from "../../engine/state/locked-state.ts";
import { pendingMoveOf, postgresOf } from "../../engine/state/open-state.ts";
import { isHalfDone } from "../../engine/state/pending-move.ts";
import { holdersInPostgres } from "../../engine/state/postgres-holders.ts";
import type { StateInPostgres } from "../../engine/state/psql-session.ts";
import { hasLeftState } from "../../engine/state/rescue.ts";
import { locksOf } from "../../engine/state/state-session.ts";
import { UsageError } from "../../terminal/usage-error.ts";

/**
 * Frees the lock of a state from the holder that is named, and records who did.
 *
 * @returns what was freed, and what is still held, for the reader
 * @throws UsageError when nobody holds it, or somebody else does
 */
export async function unlockState(place: PlaceOfState, name: string): Promise<string> {
	const { folder, commit, section, stack } = place;
	const freed = await heldBy(place, name);
	if (freed === undefined) {
		const pending = await pendingMoveOf(place);
		throw pending === undefined ? isFree(place) : isHalfDone(pending, stack);
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
	const { still } = freed;
	if (still === undefined) return note;
	return `${note}; ${still.holder} still holds it, since ${still.since}: infra state unlock ${stack} --holder ${still.holder}`;
}

interface Held extends HolderOfState {
	readonly free: () => Promise<unknown>;
	/** Who has it locked besides. */
	readonly still?: HolderOfState | undefined;
}

async function heldBy(place: PlaceOfState, name: string): Promise<Held | undefined> {
	if ("local" in place.backend) return undefined;
	const database = postgresOf(place);
	return database === undefined ? heldHere(place, name) : heldThere(database, name);
}

function isFree({ stack, section, backend }: PlaceOfState): UsageError {
	if ("local" in backend)
		return new UsageError(
			`stack ${stack} of site ${section.site} keeps its state in a file in the clear: its lock ends with the process that holds it`,
		);
	return new UsageError(`stack ${stack}: its state is not locked`);
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
	if (held.some(({ holder }) => hasLeftState(place.folder, holder)))
		throw new UsageError(
			`stack ${place.stack}: its newest state lies here, and is not in its place yet: whoever got the lock would work on an older one`,
			`infra plan ${place.stack} takes it from there, and frees the lock`,
		);
	const free = async () => {
		for (const { lock, holder } of held) await lock.breakFrom(holder, whoAmI());
	};
	return { ...first.holder, free };
}

/** Of all that have locked it, those that are this holder's. */
async function heldThere(database: StateInPostgres, name: string): Promise<Held | undefined> {
	const held = await holdersInPostgres(database);
	const [first] = held;
	if (first === undefined) return undefined;
	const theirs = held.filter(({ holder }) => holder === name);
	if (theirs.length === 0) requireHolder(database.stack, first, name);
	const free = async () => {
		for (const one of theirs) await one.free(whoAmI());
	};
	return { ...(theirs[0] ?? first), free, still: held.find((one) => !theirs.includes(one)) };
}

function requireHolder(stack: string, { holder, since }: HolderOfState, name: string): void {
	if (holder !== name)
		throw new UsageError(`stack ${stack}: its state is locked by ${holder} since ${since}, not by ${name}`);
}

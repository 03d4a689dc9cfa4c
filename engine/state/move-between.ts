import { randomUUID } from "node:crypto";
import { siteOutput } from "../../stacks/declaration.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { Act } from "./act.ts";
import { whoAmI } from "./journal.ts";
import { type LockedState, NotInPlace } from "./locked-state.ts";
import {
	clearPendingMove,
	isHalfDone,
	type MoveSide,
	type PendingMove,
	recordPendingMove,
	waysToEnd,
} from "./pending-move.ts";
import { digestOfObjects } from "./rewrite/digest-of-objects.ts";
import { findObjects, type Move, removeObjects, transferObjects } from "./rewrite/move-objects.ts";
import { parseState, renderState, type StateDocument } from "./rewrite/state-document.ts";

/** The states of both stacks, which are locked. */
export interface BothStates {
	readonly source: LockedState;
	/** Written first, so that every object is always in a state. */
	readonly target: LockedState;
}

export interface BothDocuments {
	readonly source: StateDocument;
	readonly target: StateDocument;
}

/** The state as a document; an empty one of its site while there is none. */
export async function documentOf({ place, read }: LockedState): Promise<StateDocument> {
	const text = await read();
	if (text !== undefined) return parseState(text);
	const outputs = { [siteOutput]: { value: place.section.site, type: "string" } };
	return { version: 4, serial: 0, lineage: randomUUID(), outputs, resources: [] } as StateDocument;
}

/** The text of the next version of a state. */
export function nextText({ newest }: LockedState, document: StateDocument): string {
	return renderState({ ...document, serial: Math.max(newest, document.serial) + 1 });
}

/**
 * Writes both states after a move, with a record of it beside them until both are written.
 *
 * @param what as the journal has it
 * @throws UsageError when one of them could not be written, with what ends the move where it is half done
 */
export async function moveBetween(
	states: BothStates,
	before: BothDocuments,
	{ what, moves }: { readonly what: string; readonly moves: readonly Move[] },
): Promise<void> {
	const after = transferObjects(before, moves);
	const side = (of: keyof BothStates, has: StateDocument): MoveSide => ({
		stack: states[of].place.stack,
		lineage: has.lineage,
		objects: digestOfMoved(has, addressesOf(moves)[of]),
	});
	const pending = {
		id: randomUUID(),
		at: new Date().toISOString(),
		who: whoAmI(),
		folder: states.source.place.folder,
		site: states.source.place.section.site,
		what,
		source: side("source", before.source),
		target: side("target", after.target),
		moves,
	};
	await recordPendingMove(recordsOf(states), pending);
	const [from, to] = [states.source.place.stack, states.target.place.stack];
	try {
		await recorded(states.target, what, `from ${from}`, after.target);
	} catch (error) {
		if (!(error instanceof NotInPlace) && (await forgetUnlessWritten(states, pending))) throw error;
		const words = `the state of ${to} could not be written for certain: ${(error as Error).message}`;
		throw new UsageError(words, waysToEnd(from));
	}
	try {
		await recorded(states.source, what, `to ${to}`, after.source);
	} catch (error) {
		throw new UsageError(
			`the objects are in both states, since the one of ${from} could not be written: ${(error as Error).message}`,
			waysToEnd(from),
		);
	}
	try {
		await clearPendingMove(recordsOf(states));
	} catch (error) {
		throw new UsageError(
			`both states are written, and the record of the move could not be removed: ${(error as Error).message}`,
			`infra state resume ${to} removes it`,
		);
	}
}

/**
 * Ends a move that was interrupted. What has to be done is found out from what both states hold.
 *
 * @param forwards finish it; else take it back
 * @returns what was done, for the reader
 * @throws UsageError when a state is neither as it was nor as it was to be
 */
export async function endPendingMove(
	states: BothStates,
	pending: PendingMove,
	{ forwards }: { readonly forwards: boolean },
): Promise<string> {
	const { source, target, moves, what } = pending;
	const found = { source: await documentOf(states.source), target: await documentOf(states.target) };
	const addresses = addressesOf(moves);
	const act = `${forwards ? "resume" : "undo"} ${what}`;
	if ((await isRecordedHereAlone(states, pending)) && !moves.some((move) => isInBoth(found, move))) {
		await clearPendingMove(recordsOf(states).filter((record) => !record.shared));
		return noted(states, act, "somebody else has ended it already, and its record here is removed");
	}
	await recordWhereMissing(states, pending);
	const inSource = has(pending, source, { state: found.source, addresses: addresses.source });
	const inTarget = has(pending, target, { state: found.target, addresses: addresses.target });
	let done: string | undefined;
	if (!inSource && !inTarget)
		throw new UsageError(
			`${addresses.source.join(", ")}: in the state of neither ${source.stack} nor ${target.stack}, so one of them was written by something else since`,
			`${giveUp(pending, source.stack)}, then infra state rollback ${source.stack} <serial> puts back what ${source.stack} had`,
		);
	if (!forwards && !inSource)
		throw new UsageError(
			"both states had been written, so there is nothing half done to take back",
			`infra state resume ${source.stack}, then move the objects back`,
		);
	if (forwards && !inTarget)
		await recorded(states.target, act, `from ${source.stack}`, transferObjects(found, moves).target);
	if (forwards && inSource) {
		const { state } = removeObjects(found.source, addresses.source);
		await recorded(states.source, act, `to ${target.stack}`, state);
		done = `the objects are in the state of ${target.stack} now, and no longer in that of ${source.stack}`;
	} else if (!forwards && inTarget) {
		const { state } = removeObjects(found.target, addresses.target);
		await recorded(states.target, act, `to ${source.stack}`, state);
		done = `the objects are in the state of ${source.stack} alone again`;
	}
	await clearPendingMove(recordsOf(states));
	return (
		done ??
		noted(states, act, inTarget ? "both states had been written" : "the states had not been written yet")
	);
}

const addressesOf = (moves: readonly Move[]) => ({
	source: moves.map(({ from }) => from),
	target: moves.map(({ to }) => to),
});

function digestOfMoved(state: StateDocument, addresses: readonly string[]): string {
	return digestOfObjects({ resources: addresses.flatMap((address) => findObjects(state, address) ?? []) });
}

/**
 * Whether a state has the objects of a move, rather than none of them.
 *
 * @throws UsageError when it has some of them, or others at their addresses, or is another state
 */
function has(
	pending: PendingMove,
	side: MoveSide,
	{ state, addresses }: { readonly state: StateDocument; readonly addresses: readonly string[] },
): boolean {
	if (addresses.every((address) => findObjects(state, address) === undefined)) return false;
	if (state.lineage === side.lineage && digestOfMoved(state, addresses) === side.objects) return true;
	throw new UsageError(
		`stack ${side.stack}: its state was written since, and what it has of ${addresses.join(", ")} is not what was moved`,
		`look at it (infra state show ${side.stack}, infra state history ${side.stack}); ${giveUp(pending, side.stack)}, then infra state rollback takes it to an earlier version`,
	);
}

const giveUp = ({ who }: PendingMove, stack: string) =>
	`infra state unlock ${stack} --holder ${who} --give-up-move forgets the move`;

/**
 * A record that everybody sees is made first and removed last. One that is here alone is left over, unless what everybody
 * sees was lost since: that is told by the states, of which both have the objects while a move is half done.
 */
async function isRecordedHereAlone(states: BothStates, { id }: PendingMove): Promise<boolean> {
	const shared = recordsOf(states).filter((record) => record.shared);
	const found = await Promise.all(shared.map((record) => record.find()));
	return shared.length > 0 && found.every((pending) => pending?.id !== id);
}

const isInBoth = ({ source, target }: BothDocuments, { from, to }: Move) =>
	findObjects(source, from) !== undefined && findObjects(target, to) !== undefined;

/**
 * A run that was killed may have recorded a move beside one of its states alone.
 *
 * @throws UsageError while another move of the other one is half done
 */
async function recordWhereMissing(states: BothStates, pending: PendingMove): Promise<void> {
	for (const { records, place } of [states.source, states.target])
		for (const record of records) {
			const other = await record.find();
			// What this checkout alone has kept of another move is left over.
			if (other !== undefined && other.id !== pending.id && record.shared)
				throw isHalfDone(other, place.stack);
			if (other?.id !== pending.id) await record.put(pending);
		}
}

/** Ends that write no state are in both journals, too. */
function noted({ source, target }: BothStates, what: string, note: string): string {
	for (const { place } of [source, target]) {
		const { folder, commit, section } = place;
		new Act({ what, note, folder, commit, site: section.site }).end("done");
	}
	return note;
}

/**
 * A target that is as it was makes the record wrong; where that cannot be told, it stays.
 *
 * @returns whether it is forgotten
 */
async function forgetUnlessWritten(states: BothStates, pending: PendingMove): Promise<boolean> {
	try {
		const addresses = addressesOf(pending.moves).target;
		if (has(pending, pending.target, { state: await documentOf(states.target), addresses })) return false;
		await clearPendingMove(recordsOf(states));
		return true;
	} catch {
		return false;
	}
}

const recordsOf = ({ source, target }: BothStates) => [...source.records, ...target.records];

/** Writes a state, with a line in its journal before and one after. */
export async function recorded(
	state: LockedState,
	what: string,
	note: string,
	document: StateDocument,
): Promise<void> {
	const { folder, commit, section } = state.place;
	const act = new Act({ what, note, folder, commit, site: section.site });
	try {
		act.end("done", await state.write(nextText(state, document)));
	} catch (error) {
		act.end("failed");
		throw error;
	}
}

import { expect } from "vitest";
import { unlockState } from "../../../cli/state/unlock.ts";
import { StateLocked } from "../../../engine/state/lock-holder.ts";
import {
	type LockedState,
	type PlaceOfState,
	withLockedState,
	withLockedStates,
} from "../../../engine/state/locked-state.ts";
import {
	type BothStates,
	documentOf,
	endPendingMove,
	moveBetween,
} from "../../../engine/state/move-between.ts";
import { pendingMoveOf } from "../../../engine/state/open-state.ts";
import { isHalfDone } from "../../../engine/state/pending-move.ts";
import { moves, type Pair, type Side } from "./moved-states.ts";

const placements = {
	source: { source: ["a.x", "a.y"], target: ["a.z"] },
	both: { source: ["a.x", "a.y"], target: ["a.z", "a.new"] },
	target: { source: ["a.y"], target: ["a.z", "a.new"] },
} as const;

export type Where = keyof typeof placements;

/** Where the object is. @throws when it is in neither state, or something else is not as it was */
export async function placed(pair: Pair, states: Pick<Pair, Side> = pair): Promise<Where> {
	const found = await pair.objects(states);
	const [name] =
		Object.entries(placements).find(([, objects]) => JSON.stringify(objects) === JSON.stringify(found)) ?? [];
	expect(found, "objects of both states").toEqual(placements[name as "both"] ?? placements.both);
	return name as Where;
}

/** Why the next command on a stack is refused; undefined when it is not. */
export async function refusal(place: PlaceOfState): Promise<string | undefined> {
	const pending = await pendingMoveOf(place);
	try {
		if (pending !== undefined) throw isHalfDone(pending, place.stack);
		await withLockedState(place, "plan", async () => {});
		return undefined;
	} catch (error) {
		const { message, hint } = error as Error & { readonly hint?: string };
		expect(`${message}: ${hint}`).toMatch(
			new RegExp(
				`^stack ${place.stack}\\b.*: (infra state (unlock ${place.stack} --holder|resume ${place.stack} goes)|get it from there)`,
			),
		);
		return message;
	}
}

/** Does what the refusals name, until the command that ends a move is through. */
export async function endIt({ source, target }: Pick<Pair, Side>, how: "resume" | "undo"): Promise<void> {
	const pending = (await pendingMoveOf(source)) ?? (await pendingMoveOf(target));
	const both = async ([source, target]: readonly LockedState[]) => {
		if (source === undefined || target === undefined) throw new Error("two states are needed");
		if (pending !== undefined)
			await endPendingMove({ source, target }, pending, { forwards: how === "resume" });
	};
	try {
		await withLockedStates([source, target], how, both, { halfDone: true });
	} catch (error) {
		if (!(error instanceof StateLocked)) throw error;
		expect(error.hint).toMatch(/: infra state unlock \S+ --holder \S+@\S+$/);
		const place = error.by.stack === source.stack ? source : target;
		await unlockState(place, error.by.holder);
		await endIt({ source, target }, how);
	}
}

/**
 * Moves the object of a pair.
 *
 * @param change what of the locked states is otherwise than it should be
 */
export async function moveIt(
	{ source, target }: Pair,
	change: (states: BothStates) => BothStates = (it) => it,
): Promise<void> {
	await withLockedStates([source, target], "move", async ([source, target]) => {
		if (source === undefined || target === undefined) throw new Error("two states are needed");
		const before = { source: await documentOf(source), target: await documentOf(target) };
		await moveBetween(change({ source, target }), before, { what: "move", moves });
	});
}

/** Leaves a move half done: its object is in both states. */
export async function halfDone(pair: Pair): Promise<void> {
	const write = () => Promise.reject(new Error("the disk is full"));
	const moved = moveIt(pair, ({ source, target }) => ({ source: { ...source, write }, target }));
	await expect(moved).rejects.toThrow("the objects are in both states");
}

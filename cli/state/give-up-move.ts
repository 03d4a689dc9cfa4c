import type { Project } from "../../engine/project.ts";
import { Act } from "../../engine/state/act.ts";
import type { LockedState } from "../../engine/state/locked-state.ts";
import { documentOf } from "../../engine/state/move-between.ts";
import { pendingMoveOf } from "../../engine/state/open-state.ts";
import { clearPendingMove, type PendingMove } from "../../engine/state/pending-move.ts";
import { findObjects } from "../../engine/state/rewrite/move-objects.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { plural } from "../../world/plural.ts";
import { placeOfState } from "./open-state.ts";
import { withStatesOf } from "./rewrite-states.ts";

/**
 * Forgets a move that is half done, where neither resume nor undo can end it. No state is changed; the journals of both
 * have who did.
 *
 * @param stack one of its two
 * @param holder who has begun it, as the refusal names them: `user@host`
 * @returns for the reader, a line each: which states have its objects now
 * @throws UsageError when no move is half done, or somebody else has begun it
 */
export async function giveUpMove(project: Project, stack: string, holder: string): Promise<string[]> {
	const pending = await pendingMoveOf(await placeOfState(project, stack));
	if (pending === undefined) throw new UsageError(`no move of ${stack} is half done`);
	const { who, at, what, moves, source, target } = pending;
	if (who !== holder)
		throw new UsageError(`stack ${stack}: the ${what} that is half done is by ${who}, not by ${holder}`);
	const note = `gave up a ${what} of ${plural(moves.length, "object")} from ${source.stack} to ${target.stack}, by ${who} at ${at}`;
	const forget = async (states: readonly LockedState[]) => {
		const acts = states.map(({ place: { folder, commit, section } }) => {
			return new Act({ what: "unlock", folder, commit, site: section.site, note });
		});
		const found = await placesOf(states, pending);
		const records = states.flatMap(({ records }) => records);
		const ids = await Promise.all(records.map((record) => record.find()));
		await clearPendingMove(records.filter((_, index) => ids[index]?.id === pending.id));
		for (const act of acts) act.end("done");
		return found;
	};
	return withStatesOf(project, [source.stack, target.stack], "unlock", forget, {
		halfDone: true,
		// The checkout that has the newest one may be lost.
		older: true,
	});
}

async function placesOf(states: readonly LockedState[], { moves, source }: PendingMove): Promise<string[]> {
	const documents = await Promise.all(
		states.map(async (state) => ({ stack: state.place.stack, document: await documentOf(state) })),
	);
	return moves.map(({ from, to }) => {
		const having = documents.flatMap(({ stack, document }) => {
			const address = stack === source.stack ? from : to;
			return findObjects(document, address) === undefined ? [] : [`${stack} (${address})`];
		});
		return `${from} is in the state of ${having.join(" and of ") || "neither stack"}`;
	});
}

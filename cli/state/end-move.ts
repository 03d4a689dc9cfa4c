import type { Project } from "../../engine/project.ts";
import { NotNewest } from "../../engine/state/held-state.ts";
import type { LockedState } from "../../engine/state/locked-state.ts";
import { endPendingMove } from "../../engine/state/move-between.ts";
import { pendingMoveOf } from "../../engine/state/open-state.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { placeOfState } from "./open-state.ts";
import { bothOf, withStatesOf } from "./rewrite-states.ts";

/**
 * Ends a move that was interrupted between its writes.
 *
 * @param stack one of its two
 * @param forwards finish it; else take it back
 * @returns what was done; undefined when no move of the stack is half done
 */
export async function endMove(
	project: Project,
	stack: string,
	{ forwards }: { readonly forwards: boolean },
): Promise<string | undefined> {
	const place = await placeOfState(project, stack);
	const { section } = place;
	const pending = await pendingMoveOf(place);
	if (pending === undefined) return undefined;
	if (pending.site !== section.site)
		throw new UsageError(
			`the move that is half done is of site ${pending.site}, and this is site ${section.site}`,
		);
	const { source, target } = pending;
	const names = [source.stack, target.stack];
	const how = forwards ? "resume" : "undo";
	const end = (states: readonly LockedState[]) =>
		endPendingMove(bothOf(states, { from: source.stack, to: target.stack }), pending, { forwards });
	try {
		return await withStatesOf(project, names, how, end, { halfDone: true });
	} catch (error) {
		if (!(error instanceof NotNewest)) throw error;
		const { who, folder } = pending;
		throw new UsageError(
			error.message,
			`${who} has begun the move in ${folder}: infra state ${how} there, or get its states from there (git pull); if they are lost for good: infra state unlock ${stack} --holder ${who} --give-up-move, then infra state rollback puts back what this checkout has`,
		);
	}
}

import type { Project } from "../../engine/project.ts";
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
	return withStatesOf(
		project,
		names,
		forwards ? "resume" : "undo",
		(states) =>
			endPendingMove(bothOf(states, { from: source.stack, to: target.stack }), pending, { forwards }),
		{ halfDone: true },
	);
}

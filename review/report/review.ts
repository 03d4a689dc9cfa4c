import { type ChangeFinding, type Risk, risks } from "../finding.ts";
import { countActions, type PlannedAction, plannedActions } from "../plan/plan-summary.ts";
import type { StackReview } from "../stack-review.ts";

/** What a change does to the stacks of a site. */
export interface Review {
	readonly site: string;
	/** Revision of the code that was planned; undefined when it is not known. */
	readonly revision: string | undefined;
	/** When the plans were made, ISO 8601. */
	readonly plannedAt: string;
	/** In the order in which they are applied. */
	readonly stacks: readonly StackReview[];
}

/** The worst risk; `routine` for changes without a finding, `unchanged` without changes. */
export type Verdict = Risk | "routine" | "unchanged";

/** The verdict about stacks. `routine` is the shape of the plans, and says nothing about what they mean. */
export function verdictOf(stacks: readonly StackReview[]): Verdict {
	const found = new Set(findingsOf(stacks).map(({ risk }) => risk));
	const changed = stacks.some(({ summary }) => summary.changes.length > 0 || summary.outputs > 0);
	return risks.find((risk) => found.has(risk)) ?? (changed ? "routine" : "unchanged");
}

/** Findings of all stacks, the worst first. */
export function findingsOf(stacks: readonly StackReview[]): ChangeFinding[] {
	const all = stacks.flatMap(({ findings }) => findings);
	return risks.flatMap((risk) => all.filter((finding) => finding.risk === risk));
}

/** `2 to create, 1 to destroy`; `no changes`; `not planned` */
export function describeCounts(stacks: readonly StackReview[]): string {
	const total = new Map<PlannedAction, number>();
	for (const { summary } of stacks)
		for (const [action, count] of Object.entries(countActions(summary)) as [PlannedAction, number][])
			total.set(action, (total.get(action) ?? 0) + count);
	const outputs = stacks.reduce((sum, { summary }) => sum + summary.outputs, 0);
	const parts = plannedActions.flatMap((action) => {
		const count = total.get(action) ?? 0;
		return count === 0 ? [] : [`${count} to ${action}`];
	});
	if (outputs > 0) parts.push(`${outputs} ${outputs === 1 ? "output" : "outputs"} to change`);
	const failed = stacks.filter((one) => one.failed).length;
	if (failed > 0)
		parts.push(stacks.length === 1 ? "not planned" : `${failed} of ${stacks.length} stacks not planned`);
	return parts.join(", ") || "no changes";
}

import { planStack } from "../../engine/plan/plan-stack.ts";
import { renderPlan } from "../../engine/plan/render-plan.ts";
import type { WorkingDirectory } from "../../engine/working-directory.ts";
import { print } from "../../terminal/output.ts";
import { UsageError } from "../../terminal/usage-error.ts";

/** A stack, and the state that it is to have. */
export interface Copy {
	readonly stack: WorkingDirectory;
	/** In the clear. */
	readonly state: string;
}

/** What a plan may still do where updates are allowed: nothing of it makes or ends an object. */
const harmless = ["update", "move"];

/**
 * Plans stacks with the states that they are to have, which are written nowhere, and shows the plans.
 *
 * @param allowUpdates whether objects may still be changed in place
 * @throws UsageError when a plan is not empty
 */
export async function planCopies(
	copies: readonly Copy[],
	{ allowUpdates }: { readonly allowUpdates: boolean },
): Promise<void> {
	const refused: string[] = [];
	for (const { stack, state } of copies) {
		const copy = stack.onCopy({ text: state });
		const plan = await copy.held(() => planStack(copy, { look: false }));
		print(renderPlan(plan));
		const { changes } = plan.summary;
		const allowed = allowUpdates && changes.every(({ action }) => harmless.includes(action));
		if (plan.changes && !allowed) refused.push(plan.summary.stack);
	}
	if (refused.length > 0)
		throw new UsageError(
			`with the states as they would be, the plan of ${refused.join(" and of ")} is not empty; no state was written`,
			"bring the code to what there is, or deploy what else it changes first; where it only updates objects in place: --allow-updates",
		);
}

import { interruption } from "../../terminal/interruption.ts";
import { pooled } from "../../terminal/pool.ts";
import type { WorkingDirectory } from "../working-directory.ts";
import { planStack, type StackPlan } from "./plan-stack.ts";

/** Concurrent plans: Terraform waits for providers most of the time, and more than two only compete. */
const atOnce = 2;

/**
 * Plans stacks concurrently and tells the outcomes in their order. A stack that fails does not stop the others.
 *
 * @throws Interrupted, with no plan file left
 */
export async function planSideBySide(
	stacks: readonly WorkingDirectory[],
	told: (outcome: PromiseSettledResult<StackPlan>, stack: WorkingDirectory) => void,
): Promise<void> {
	const outcomes = pooled(atOnce, stacks, (stack) => stack.held(() => planStack(stack)));
	for (const [index, stack] of stacks.entries()) {
		const outcome = await outcomes[index];
		if (outcome !== undefined && !interruption.aborted) told(outcome, stack);
	}
	interruption.throwIfAborted();
}

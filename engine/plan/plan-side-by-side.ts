import { availableParallelism } from "node:os";
import type { Served } from "../../review/served/served.ts";
import { interruption } from "../../terminal/interruption.ts";
import { pooled } from "../../terminal/pool.ts";
import type { WorkingDirectory } from "../working-directory.ts";
import { planStack, type StackPlan } from "./plan-stack.ts";

/** Concurrent plans: one more than there are processors, since each waits for servers now and then. */
const atOnce = availableParallelism() + 1;

/**
 * Plans stacks concurrently and tells the outcomes in their order. A stack that fails does not stop the others.
 *
 * @throws Interrupted, with no plan file left
 */
export async function planSideBySide(
	stacks: readonly WorkingDirectory[],
	told: (outcome: PromiseSettledResult<StackPlan>, stack: WorkingDirectory) => void | Promise<void>,
): Promise<void> {
	// The largest begin, so that none of them is what the others have ended long before.
	const bySize = stacks.toSorted((one, other) => sizeOf(other) - sizeOf(one));
	const served = askOnce();
	const outcomes = pooled(atOnce, bySize, (stack) =>
		stack.held(() => planStack(stack, { served: () => served(stack) })),
	);
	for (const stack of stacks) {
		const outcome = await outcomes[bySize.indexOf(stack)];
		if (outcome !== undefined && !interruption.aborted) await told(outcome, stack);
	}
	interruption.throwIfAborted();
}

/** All stacks are of one site, and one answer of its API server is enough. */
function askOnce(): (stack: WorkingDirectory) => Promise<Served> {
	let asked: Promise<Served> | undefined;
	return ({ world }) => {
		asked ??= import("../live/ask-served.ts").then(({ askServed }) => askServed(world.site));
		return asked;
	};
}

function sizeOf({ document }: WorkingDirectory): number {
	return document.resources.length;
}

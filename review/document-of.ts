import type { StackDocument } from "../world/world.ts";
import type { PlannedStack } from "./finding-class.ts";

/** The synthesised stack that a plan leads to; an empty one when the world no longer has it. */
export function documentOf({ summary: { stack }, after }: PlannedStack): StackDocument {
	return find(after.stacks, stack);
}

/** The synthesised stack that was applied last; undefined when it is not known. */
export function documentBefore({ summary: { stack }, before }: PlannedStack): StackDocument | undefined {
	return before && find(before.stacks, stack);
}

function find(stacks: readonly StackDocument[], stack: string): StackDocument {
	const none = { stack, endpoints: { produced: {}, consumed: [] }, json: {}, resources: [] };
	return stacks.find((one) => one.stack === stack) ?? none;
}

import { styleText } from "node:util";
import { interruption } from "../../terminal/interruption.ts";
import { print } from "../../terminal/output.ts";

/** One thing to do; what it does is told by itself. */
export interface Step {
	/** As a sentence of the report continues: `the entry is in the registry`. */
	readonly outcome: string;
	readonly run: () => Promise<void>;
}

/**
 * Does one thing after the other, and stops at the first that fails or at Ctrl-C, with a word on what is done and what
 * is not: each can be done again without harm.
 */
export async function runSteps(steps: readonly Step[]): Promise<void> {
	for (const [index, { outcome, run }] of steps.entries())
		try {
			interruption.throwIfAborted();
			await run();
			print(`${styleText("green", "✓")} ${outcome}`);
		} catch (error) {
			print(renderHalt(steps, index));
			throw error;
		}
}

/** What was done before the step at `index`, and what was not. */
function renderHalt(steps: readonly Step[], index: number): string {
	const lines = (some: readonly Step[]) => some.map(({ outcome }) => `  ${outcome}`);
	return [
		"",
		...(index === 0 ? ["Nothing is done."] : ["Done:", ...lines(steps.slice(0, index))]),
		"Not done:",
		...lines(steps.slice(index)),
		"The same command again goes on from there.",
	].join("\n");
}

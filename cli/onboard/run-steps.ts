import { styleText } from "node:util";
import { interruption } from "../../terminal/interruption.ts";
import { print } from "../../terminal/output.ts";

/** A step of an onboarding; `run` prints its own progress. */
export interface Step {
	/** The state that it brings about, as a line of the report: `the entry is in the registry`. */
	readonly outcome: string;
	readonly run: () => Promise<void>;
}

/**
 * Runs steps in order. Stops at the first that fails and at Ctrl-C, and then prints which are done and which are not.
 * Every step can be repeated without harm.
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

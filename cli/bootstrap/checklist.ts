import { styleText } from "node:util";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { handleInterrupts, interruption, underWay } from "../../terminal/interruption.ts";
import { print } from "../../terminal/output.ts";

/** A step: it looks at what is there, does what is missing, and looks again. */
export interface Step {
	/** What is true afterwards, as a line of the checklist: `Vault is unsealed`. */
	readonly outcome: string;
	/** @returns whether it was true already */
	readonly run: () => Promise<boolean>;
}

/**
 * A step that asks one question before and after.
 *
 * @param look whether it is so
 */
export function checked(
	outcome: string,
	{ look, act }: { readonly look: () => Promise<boolean>; readonly act: () => Promise<unknown> },
): Step {
	const run = async () => {
		if (await look()) return true;
		await act();
		if (!(await look())) throw new VisibleError(`${outcome}: everything was done for that, and it is not so`);
		return false;
	};
	return { outcome, run };
}

/**
 * Runs steps in order, each with its line. Stops at the first that fails and at Ctrl-C, and then prints the whole list.
 * Every step can be repeated without harm.
 */
export async function runChecklist(title: string, steps: readonly Step[]): Promise<void> {
	handleInterrupts();
	const width = String(steps.length).length;
	const number = (index: number) => `${String(index + 1).padStart(width)}/${steps.length}`;
	print(`${title}: ${steps.length} steps`);
	const was = new Map<Step, boolean>();
	for (const [index, step] of steps.entries()) {
		const name = `step ${index + 1}, ${step.outcome},`;
		underWay.add(name);
		try {
			interruption.throwIfAborted();
			print(styleText("dim", `${number(index)} … ${step.outcome}`));
			was.set(step, await step.run());
			print(line(step, number(index), was));
		} catch (error) {
			print(["", ...steps.map((one, place) => line(one, number(place), was, one === step))].join("\n"));
			print("\nThe same command again goes on from there.");
			throw error;
		} finally {
			underWay.delete(name);
		}
	}
}

function line(step: Step, number: string, was: ReadonlyMap<Step, boolean>, halted = false): string {
	const already = was.get(step);
	if (already !== undefined)
		return `${number} ${styleText("green", "✓")} ${step.outcome}${already ? styleText("dim", "  (as before)") : ""}`;
	return `${number} ${halted ? styleText("red", "✗") : " "} ${step.outcome}`;
}

import { VisibleError } from "../../config/schema/visible-error.ts";
import type { PlannedChange } from "../../review/plan/plan-summary.ts";
import { TerraformError } from "../../terminal/terraform-error.ts";
import type { ApplyProgress } from "./apply-progress.ts";

/** What became of a stack. `unchanged`: its plan had nothing to do. */
export type StackOutcome = "deployed" | "unchanged" | "failed" | "not attempted";

/** A stack in the report of a run. */
export interface StackRun {
	readonly stack: string;
	readonly outcome: StackOutcome;
	/** From the plan to the end of the verification; 0 when it was not attempted. */
	readonly seconds: number;
	/** Changes of the plan that were applied, also those of a stack that failed afterwards. */
	readonly applied: readonly ReportedChange[];
	/** Changes that were planned and begun to be applied, and were not applied to the end. */
	readonly notApplied: readonly ReportedChange[];
	/** First line of what stopped it. */
	readonly error?: string;
}

type ReportedChange = Pick<PlannedChange, "action" | "address">;

/** What a run did to each of its stacks, in the order of the run; values of arguments are in none of it. */
export class RunReport {
	readonly #stacks: StackRun[] = [];

	get stacks(): readonly StackRun[] {
		return this.#stacks;
	}

	/**
	 * Runs a task that deploys a stack, and notes how it ended.
	 *
	 * @param task gives the progress of its apply to `watch`, when there is something to apply
	 */
	async noted(
		stack: string,
		task: (watch: (progress: ApplyProgress) => void) => Promise<void>,
	): Promise<void> {
		const start = performance.now();
		let progress: ApplyProgress | undefined;
		const note = (outcome: StackOutcome, more: { readonly error?: string } = {}) =>
			this.#stacks.push({
				stack,
				outcome,
				seconds: Math.round(performance.now() - start) / 1000,
				applied: (progress?.applied ?? []).map(reported),
				notApplied: (progress?.open ?? []).map(reported),
				...more,
			});
		try {
			await task((seen) => {
				progress = seen;
			});
		} catch (error) {
			note("failed", { error: firstLine(error) });
			throw error;
		}
		note(progress === undefined ? "unchanged" : "deployed");
	}

	/** Notes stacks that the run did not come to. */
	notAttempted(stacks: readonly string[]): void {
		for (const stack of stacks)
			this.#stacks.push({ stack, outcome: "not attempted", seconds: 0, applied: [], notApplied: [] });
	}
}

const reported = ({ action, address }: PlannedChange): ReportedChange => ({ action, address });

/** A message of ours; of any other error nothing is said that may hold a value. */
function firstLine(error: unknown): string {
	return error instanceof VisibleError || error instanceof TerraformError
		? (error.message.split("\n")[0] ?? "")
		: "an unexpected error";
}

import { styleText } from "node:util";
import type { PlannedChange, PlanSummary } from "../../review/plan/plan-summary.ts";
import type { TerraformEvent } from "../../terminal/diagnostic.ts";
import { foreignText } from "../../terminal/foreign-text.ts";
import { withoutKey } from "../../world/address.ts";

/** Turns the events of an apply into lines, and knows what has been applied. */
export class ApplyProgress {
	readonly #changes: readonly PlannedChange[];
	/** Finished operations by address: a replacement has two, the deletion and the creation. */
	readonly #finished = new Map<string, number>();
	readonly #pathOf: (address: string) => string | undefined;

	constructor({ changes }: PlanSummary, pathOf: (address: string) => string | undefined) {
		this.#changes = changes;
		this.#pathOf = pathOf;
	}

	/** The line for an event; undefined for one that is not reported. */
	lineFor({ type, hook }: TerraformEvent): string | undefined {
		if (hook?.action === undefined) return undefined;
		const { addr } = hook.resource;
		const seconds = hook.elapsed_seconds ?? 0;
		const what = foreignText(`${hook.action.padEnd(6)}  ${this.#pathOf(withoutKey(addr)) ?? addr}`);
		switch (type) {
			case "apply_start":
				return styleText("dim", `  … ${what}`);
			case "apply_progress":
				return heartbeatIsDue(seconds)
					? styleText("dim", `  … ${what}  still at it after ${seconds}s`)
					: undefined;
			case "apply_complete":
				this.#finished.set(addr, (this.#finished.get(addr) ?? 0) + 1);
				return `  ${styleText("green", "✓")} ${what}  ${seconds}s`;
			case "apply_errored":
				return `  ${styleText("red", "✗")} ${what}  failed after ${seconds}s`;
			default:
				return undefined;
		}
	}

	/** Changes of the plan that were applied. */
	get applied(): readonly PlannedChange[] {
		return this.#changes.filter((change) => this.#isDone(change));
	}

	/** Changes of the plan that were not applied, or not completely. */
	get open(): readonly PlannedChange[] {
		return this.#changes.filter((change) => !this.#isDone(change));
	}

	#isDone({ action, address }: PlannedChange): boolean {
		return (
			(this.#finished.get(address) ?? 0) >= (action === "replace" || action === "import+replace" ? 2 : 1)
		);
	}
}

/** Terraform reports long operations every 10 s: the first reports are shown, then one a minute. */
function heartbeatIsDue(seconds: number): boolean {
	return seconds === 10 || seconds === 30 || seconds % 60 === 0;
}

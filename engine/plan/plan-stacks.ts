import { printFailure } from "../../terminal/failure.ts";
import { print, printJson } from "../../terminal/output.ts";
import type { AlreadyThere } from "../live/import-blocks.ts";
import type { WorkingDirectory } from "../working-directory.ts";
import { planSideBySide } from "./plan-side-by-side.ts";
import type { StackPlan } from "./plan-stack.ts";

export interface PlanPrinting {
	/** Print JSON. */
	readonly json: boolean;
	/** Print counts, and no arguments. */
	readonly short: boolean;
	/** Print an import block for everything that would be created although it is there. @default false */
	readonly adopt?: boolean;
}

/**
 * Plans stacks concurrently and prints the plans in order. A stack that fails does not stop the others.
 *
 * @throws Interrupted, with no plan file left
 */
export async function planStacks(
	stacks: readonly WorkingDirectory[],
	{ json, short, adopt = false }: PlanPrinting,
): Promise<{ readonly failed: boolean; readonly changes: boolean }> {
	const plans: StackPlan[] = [];
	let failed = false;
	await planSideBySide(stacks, async (outcome) => {
		if (outcome.status === "rejected") {
			failed = true;
			printFailure(outcome.reason);
			return;
		}
		plans.push(outcome.value);
		if (json) return;
		const { renderPlan } = await import("./render-plan.ts");
		print(renderPlan(outcome.value, { short }));
	});
	const adoptions = adopt ? await adoptionsOf(plans, { stacks, json }) : undefined;
	if (json) {
		const { planForMachines } = await import("./plan-for-machines.ts");
		printJson({
			complete: !failed,
			stacks: plans.map((plan) => ({
				...planForMachines(plan),
				...(adoptions && { alreadyThere: adoptions.get(plan.summary.stack) }),
			})),
		});
	}
	return { failed, changes: plans.some(({ changes }) => changes) };
}

const nothingAsked = { twins: [], claims: [], errors: [] };

/** What of each plan is there already, printed unless it becomes a part of the JSON. */
async function adoptionsOf(
	plans: readonly StackPlan[],
	{ stacks, json }: { readonly stacks: readonly WorkingDirectory[]; readonly json: boolean },
): Promise<ReadonlyMap<string, readonly AlreadyThere[]>> {
	const [{ alreadyThere }, { renderAdoption }] = await Promise.all([
		import("../live/import-blocks.ts"),
		import("./render-adoption.ts"),
	]);
	const adoptions = new Map<string, readonly AlreadyThere[]>();
	for (const { summary, live } of plans) {
		const stack = stacks.find(({ document }) => document.stack === summary.stack);
		if (stack === undefined) continue;
		const found = await alreadyThere(summary.changes, live ?? nothingAsked, stack);
		adoptions.set(summary.stack, found);
		if (!json) print(renderAdoption(summary.stack, found));
	}
	return adoptions;
}

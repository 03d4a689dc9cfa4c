import type { ArgumentChange, Value } from "../../review/plan/argument-changes.ts";
import { countActions, type PlannedChange } from "../../review/plan/plan-summary.ts";
import { printFailure } from "../../terminal/failure.ts";
import { print, printJson } from "../../terminal/output.ts";
import { type AlreadyThere, alreadyThere } from "../live/import-blocks.ts";
import type { WorkingDirectory } from "../working-directory.ts";
import { planSideBySide } from "./plan-side-by-side.ts";
import type { StackPlan } from "./plan-stack.ts";
import { renderAdoption } from "./render-adoption.ts";
import { renderPlan } from "./render-plan.ts";

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
	const sites = new Map(stacks.map(({ document, world }) => [document.stack, world.site]));
	await planSideBySide(stacks, (outcome) => {
		if (outcome.status === "rejected") {
			failed = true;
			printFailure(outcome.reason);
			return;
		}
		plans.push(outcome.value);
		if (!json) print(renderPlan(outcome.value, { short }));
	});
	const adoptions = new Map<string, readonly AlreadyThere[]>();
	for (const { summary, live } of adopt ? plans : []) {
		const site = sites.get(summary.stack);
		if (site === undefined) continue;
		const found = await alreadyThere(summary.changes, live ?? nothingAsked, site);
		adoptions.set(summary.stack, found);
		if (!json) print(renderAdoption(summary.stack, found));
	}
	if (json)
		printJson({
			complete: !failed,
			stacks: plans.map((plan) => ({
				...forMachines(plan),
				...(adopt && { alreadyThere: adoptions.get(plan.summary.stack) }),
			})),
		});
	return { failed, changes: plans.some(({ changes }) => changes) };
}

const nothingAsked = { twins: [], claims: [], errors: [] };

function forMachines({ summary, changes, warnings, findings }: StackPlan) {
	return {
		stack: summary.stack,
		changed: changes,
		counts: countActions(summary),
		outputs: summary.outputs,
		outputChanges: (summary.outputChanges ?? []).map(argumentForMachines),
		changes: summary.changes.map(changeForMachines),
		drift: (summary.drift ?? []).map(changeForMachines),
		findings,
		remarks: summary.remarks,
		warnings: warnings.map(({ summary, address, path }) => ({ summary, address, path })),
	};
}

function changeForMachines({ arguments: changed = [], values: _, ...change }: PlannedChange) {
	return { ...change, arguments: changed.map(argumentForMachines) };
}

/** A side without a value that may be shown gives the reason instead. */
export function argumentForMachines({ path, before, after }: ArgumentChange) {
	const side = (value: Value) => (typeof value === "object" ? { value: value.shown } : { withheld: value });
	return { path, before: side(before), after: side(after) };
}

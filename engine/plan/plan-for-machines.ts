import type { ArgumentChange, Value } from "../../review/plan/argument-changes.ts";
import { countActions, type PlannedChange } from "../../review/plan/plan-summary.ts";
import type { StackPlan } from "./plan-stack.ts";

/** A plan as `infra plan --json` prints it. */
export function planForMachines({ summary, changes, warnings, findings }: StackPlan) {
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

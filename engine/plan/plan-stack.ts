import type { Planned, WorkingDirectory } from "../working-directory.ts";
import type { TerraformPlan } from "./plan-json.ts";
import { type PlanSummary, summarizePlan } from "./plan-summary.ts";

export interface StackPlan extends Planned {
	readonly summary: PlanSummary;
}

export interface PlanOptions {
	/** Plan the end of everything in the stack. @default false */
	readonly destroy?: boolean;
	/** What is done to the state before. @default nothing */
	readonly prepare?: (stack: WorkingDirectory) => Promise<void>;
}

/** Saves a plan of one stack, which is held, and reads it. */
export async function planStack(
	stack: WorkingDirectory,
	{ destroy = false, prepare }: PlanOptions = {},
): Promise<StackPlan> {
	await stack.init({ backend: true });
	await prepare?.(stack);
	const planned = await stack.plan({ destroy });
	const plan = (await stack.show()) as TerraformPlan;
	const summary = summarizePlan(stack.document.stack, plan, (address) => stack.pathOf(address));
	return { ...planned, summary };
}

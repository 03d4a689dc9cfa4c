import type { Live } from "../../review/live.ts";
import type { ExactChange } from "../../review/record.ts";
import type { Served } from "../../review/served/served.ts";
import type { StackReview } from "../../review/stack-review.ts";
import type { WorkingDirectory } from "../working-directory.ts";
import type { Planned } from "./planned.ts";

export interface StackPlan extends Planned, StackReview {
	/** The same changes as they are compared with what was reviewed. */
	readonly exact: readonly ExactChange[];
	/** What is there already of what it makes; undefined when nobody asked. */
	readonly live?: Live;
}

export interface PlanOptions {
	/** Plan to destroy the stack. @default false */
	readonly destroy?: boolean;
	/** Changes the state before the plan is made. @default nothing */
	readonly prepare?: (stack: WorkingDirectory) => Promise<void>;
	/** Ask what is there already of what the plan makes, and whether its kinds are served. @default true */
	readonly look?: boolean;
	/** Asks what the API server serves, where something is written to it. @default asks it anew */
	readonly served?: () => Promise<Served>;
}

/**
 * Plans one stack, whose folder must be held, saves the plan, and says what it does.
 *
 * @throws TerraformError with what is known of its cause beside what Terraform says
 */
export async function planStack(
	stack: WorkingDirectory,
	{ destroy = false, prepare, look = true, served = () => askServedOf(stack) }: PlanOptions = {},
): Promise<StackPlan> {
	await stack.init({ backend: true });
	await prepare?.(stack);
	const planning = stack.plan({ destroy });
	const loading = loadJudgement();
	const planned = await planning.catch(async (error: unknown) => {
		if (!look) throw error;
		const { explainFailure } = await import("./explain-failure.ts");
		throw await explainFailure(error, stack, served);
	});
	const [{ judgePlan }] = await loading;
	const plan = await judgePlan(stack, planned, { look, served });
	if (destroy || stack.begun.addresses.size === 0) return plan;
	const { withBegun } = await import("./with-begun.ts");
	return withBegun(stack, plan, served);
}

/** What judges a plan and what shows it, a tenth of the code: nobody needs it before Terraform has ended its plan. */
const loadJudgement = () => Promise.all([import("./judge-plan.ts"), import("./render-plan.ts")]);

async function askServedOf({ world }: WorkingDirectory): Promise<Served> {
	const { askServed } = await import("../live/ask-served.ts");
	return askServed(world.site);
}

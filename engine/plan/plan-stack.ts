import { defined } from "../../config/schema/defined.ts";
import type { Live } from "../../review/live.ts";
import { hiddenTexts, summarizePlan } from "../../review/plan/plan-summary.ts";
import { withoutSensitive } from "../../review/plan/sensitive.ts";
import { type ExactChange, exactChanges } from "../../review/record.ts";
import { reviewStack } from "../../review/review-stack.ts";
import type { Served } from "../../review/served/served.ts";
import { writesKinds } from "../../review/served/unserved.ts";
import type { StackReview } from "../../review/stack-review.ts";
import { lookAround } from "../live/look-around.ts";
import type { WorkingDirectory } from "../working-directory.ts";
import { explainFailure } from "./explain-failure.ts";
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
	const planned = await stack.plan({ destroy }).catch(async (error: unknown) => {
		throw look ? await explainFailure(error, stack, served) : error;
	});
	const plan = planned.empty ? {} : await stack.show();
	const summary = summarizePlan(stack.document.stack, plan, (address) => stack.pathOf(address));
	const exact = exactChanges(stack.document.stack, { ...plan });
	const warnings = withoutSensitive(planned.warnings, undefined, hiddenTexts(plan)) as Planned["warnings"];
	const { before, world: after } = stack;
	const [live, kinds] = look
		? await Promise.all([lookAround(summary, after), writesKinds({ summary }) ? served() : undefined])
		: [];
	const seen = defined({ live, served: kinds });
	const findings = reviewStack({ summary, warnings, errors: [], before, after, ...seen });
	return { ...planned, warnings, summary, exact, findings, ...defined({ live }) };
}

async function askServedOf({ world }: WorkingDirectory): Promise<Served> {
	const { askServed } = await import("../live/ask-served.ts");
	return askServed(world.site);
}

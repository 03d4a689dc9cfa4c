import { defined } from "../../config/schema/defined.ts";
import type { Begun } from "../../review/live.ts";
import { hiddenTexts, summarizePlan } from "../../review/plan/plan-summary.ts";
import { withoutSensitive } from "../../review/plan/sensitive.ts";
import { exactChanges } from "../../review/record.ts";
import { reviewStack } from "../../review/review-stack.ts";
import { writesKinds } from "../../review/served/unserved.ts";
import { lookAround } from "../live/look-around.ts";
import type { WorkingDirectory } from "../working-directory.ts";
import type { PlanOptions, StackPlan } from "./plan-stack.ts";
import type { Planned } from "./planned.ts";

/** Says what a plan that was made does, and asks the world about it where that is wanted. */
export async function judgePlan(
	stack: WorkingDirectory,
	planned: Planned,
	{ look, served, begun }: Required<Pick<PlanOptions, "look" | "served">> & { readonly begun?: Begun },
): Promise<StackPlan> {
	const plan = planned.empty ? {} : await stack.show();
	const summary = summarizePlan(stack.document.stack, plan, (address) => stack.pathOf(address));
	const exact = exactChanges(stack.document.stack, { ...plan });
	const warnings = withoutSensitive(planned.warnings, undefined, hiddenTexts(plan)) as Planned["warnings"];
	const { before, world: after } = stack;
	const [around, kinds] = look
		? await Promise.all([
				lookAround(summary, after, stack.env),
				writesKinds({ summary }) ? served() : undefined,
			])
		: [];
	const live = around && { ...around, ...defined({ begun }) };
	const seen = defined({ live, served: kinds });
	const findings = reviewStack({ summary, warnings, errors: [], before, after, ...seen });
	return { ...planned, warnings, summary, exact, findings, ...defined({ live }) };
}

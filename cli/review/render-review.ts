import { styleText } from "node:util";
import { renderPlan } from "../../engine/plan/render-plan.ts";
import { describeCounts, findingsOf, type Review, verdictOf } from "../../review/report/review.ts";
import { countClasses } from "../../review/stack-review.ts";
import { plural } from "../../world/plural.ts";

/** A review for a terminal: every stack, and last the verdict about all of them. */
export function renderReview({ stacks }: Review, { short }: { readonly short: boolean }): string {
	const findings = findingsOf(stacks);
	const blocking = findings.filter(({ blocks }) => blocks).length;
	const classes = countClasses(findings).map(({ class: name, count }) => `${count} ${name}`);
	const verdict = verdictOf(stacks);
	return [
		...stacks.map((stack) => renderPlan(stack, { short })),
		"",
		`${styleText("bold", verdict)}: ${describeCounts(stacks)} in ${plural(stacks.length, "stack")}${classes.length === 0 ? "" : `; ${classes.join(", ")}`}`,
		...(blocking > 0 ? [`${blocking} must be accepted`] : []),
		...(verdict === "routine" ? ["routine is the shape of the plans, no verdict of safety"] : []),
	].join("\n");
}

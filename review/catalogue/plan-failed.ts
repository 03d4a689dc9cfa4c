import { defined } from "../../config/schema/defined.ts";
import { findingClass, type PlanMessage } from "../finding-class.ts";

/** Errors of Terraform that have one cause, with what to do about it. */
const causes: readonly (readonly [summary: RegExp, remedy: string])[] = [
	[
		/^Instance cannot be destroyed/,
		"The code forbids its destruction (prevent_destroy). Keep the object, or move its state (moved) where it was only renamed.",
	],
	[
		/no matches for kind|failed to determine resource GVK|resource isn't valid for cluster/i,
		"The cluster does not serve this kind or version. Install its definition first, in another stack, or change the version in the state.",
	],
];

export const planFailed = findingClass({
	id: "plan-failed",
	risk: "failure",
	reason:
		"Terraform could not plan the stack: nobody knows what an apply would do, and it would fail as well.",
	remedy: "Mend what the error names, and review again.",
	*check({ errors }) {
		for (const error of errors) {
			const text = textOf(error);
			const remedy = causes.find(([pattern]) => pattern.test(text))?.[1];
			yield { about: error, message: text, ...defined({ remedy }) };
		}
	},
});

/** The first paragraph says what is wrong; the others are advice for users of plain Terraform. */
export function textOf({ summary, detail = "" }: PlanMessage): string {
	const [first = ""] = detail.trim().split("\n\n");
	return [summary, first]
		.filter((part) => part !== "")
		.join(": ")
		.replaceAll(/\s*\n\s*/g, " ");
}

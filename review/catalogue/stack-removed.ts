import { plural } from "../../world/plural.ts";
import { findingClass } from "../finding-class.ts";
import { lossOfData } from "../plan/loss.ts";

export const stackRemoved = findingClass({
	id: "stack-removed",
	risk: "danger",
	reason:
		"What a stack has made stays when it leaves the code, and nobody looks after it: no plan changes it, ends it or tells of it.",
	remedy:
		"Destroy it from the base first (infra destroy), or move what is to stay to another stack; then take it out of the code.",
	*check({ summary: { stack }, before, after }) {
		if (after.stacks.some((one) => one.stack === stack)) return;
		const left = before?.stacks.find((one) => one.stack === stack);
		if (left === undefined) {
			yield { message: "the stack leaves the code; what it has made is not known here, and stays" };
			return;
		}
		const made = left.resources.filter(({ mode }) => mode === "resource");
		const data = made.filter(({ type }) => Object.hasOwn(lossOfData, type));
		yield {
			message: [
				`the stack leaves the code, and what it has made stays: ${plural(made.length, "object")}`,
				...(data.length > 0 ? [`data in ${data.map(({ address }) => address).join(", ")}`] : []),
			].join("; "),
		};
	},
});

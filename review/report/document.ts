import { z } from "zod";
import { risks } from "../finding.ts";
import type { ArgumentChange, Value } from "../plan/argument-changes.ts";
import {
	countActions,
	type PlannedAction,
	type PlannedChange,
	plannedActions,
} from "../plan/plan-summary.ts";
import type { StackReview } from "../stack-review.ts";
import { type Review, verdictOf } from "./review.ts";

const verdict = z
	.enum([...risks, "routine", "unchanged"])
	.describe("Worst risk of the findings; routine: changes without one, which is no verdict of safety");

const side = z
	.union([
		z.strictObject({ value: z.unknown() }),
		z.strictObject({ withheld: z.enum(["sensitive", "unknown", "absent"]) }),
	])
	.describe("A value, or why there is none to show");

const argument = z.strictObject({
	path: z.string().describe("Such as spec[0].replicas; empty for a value as a whole"),
	before: side,
	after: side,
});

const count = z.int().nonnegative();
const counts = Object.fromEntries(plannedActions.map((action) => [action, count])) as Record<
	PlannedAction,
	typeof count
>;

const change = z.strictObject({
	action: z.enum(plannedActions),
	address: z.string().describe("Terraform address"),
	path: z.string().nullable().describe("Construct path; null when the code no longer declares the object"),
	type: z.string(),
	kind: z.string().nullable().describe("Kind of a Kubernetes manifest"),
	movedFrom: z.string().nullable(),
	because: z.array(z.string()).describe("Reasons of a replacement"),
	arguments: z.array(argument),
});

const finding = z.strictObject({
	class: z.string().describe("Id of the class, see docs/reference/review.md"),
	risk: z.enum(risks),
	stack: z.string(),
	address: z.string().describe("Empty when it is about the stack as a whole"),
	path: z.string().nullable(),
	message: z.string(),
	remedy: z.string(),
	blocks: z.boolean().describe("Whether a person must accept it"),
	texts: z.array(argument).describe("Texts that differ, by name, where no change of the plan shows them"),
});

/** The document that machines read. A new version is told by its number. */
export const reviewDocument = z.strictObject({
	version: z.literal(2),
	site: z.string(),
	revision: z.string().nullable(),
	plannedAt: z.iso.datetime(),
	verdict,
	stacks: z.array(
		z.strictObject({
			stack: z.string(),
			planned: z.boolean().describe("Whether there is a plan; without one nothing is known of changes"),
			verdict,
			counts: z.strictObject(counts),
			outputs: count.describe("Number of changed outputs"),
			outputChanges: z.array(argument),
			changes: z.array(change),
			drift: z.array(change).describe("Changes made outside of Terraform"),
			findings: z.array(finding).describe("The worst first"),
		}),
	),
});

export type ReviewDocument = z.infer<typeof reviewDocument>;

/** JSON Schema of the document, draft 2020-12. */
export function reviewSchema(): object {
	return z.toJSONSchema(reviewDocument, { target: "draft-2020-12" });
}

/** The review for machines. Holds no sensitive value. */
export function documentOfReview({ site, revision, plannedAt, stacks }: Review): ReviewDocument {
	return {
		version: 2,
		site,
		revision: revision ?? null,
		plannedAt,
		verdict: verdictOf(stacks),
		stacks: stacks.map(stackOf),
	};
}

function stackOf(review: StackReview): ReviewDocument["stacks"][number] {
	const { summary, findings } = review;
	return {
		stack: summary.stack,
		planned: review.failed !== true,
		verdict: verdictOf([review]),
		counts: countActions(summary),
		outputs: summary.outputs,
		outputChanges: (summary.outputChanges ?? []).map(argumentOf),
		changes: summary.changes.map(changeOf),
		drift: (summary.drift ?? []).map(changeOf),
		findings: findings.map(({ texts = [], ...one }) => ({
			...one,
			path: one.path ?? null,
			texts: texts.map(argumentOf),
		})),
	};
}

function changeOf({ values: _, arguments: changed = [], ...change }: PlannedChange) {
	return {
		...change,
		path: change.path ?? null,
		kind: change.kind ?? null,
		movedFrom: change.movedFrom ?? null,
		because: [...change.because],
		arguments: changed.map(argumentOf),
	};
}

function argumentOf({ path, before, after }: ArgumentChange) {
	const side = (value: Value) => (typeof value === "object" ? { value: value.shown } : { withheld: value });
	return { path, before: side(before), after: side(after) };
}

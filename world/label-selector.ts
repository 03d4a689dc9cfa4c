import { type Block, block, blocks, plain } from "./blocks.ts";
import type { Json } from "./world.ts";

/** A label selector of the Kubernetes API; an empty one selects everything. */
export interface LabelSelector {
	readonly labels: Readonly<Record<string, string>>;
	readonly expressions: readonly {
		readonly key: string;
		readonly operator: string;
		readonly values: readonly string[];
	}[];
}

/** The texts of a list; what only Terraform knows is left out. */
export function textList(value: Json | undefined): readonly string[] {
	return Array.isArray(value) ? value.flatMap((item) => plain(item) ?? []) : [];
}

/** The labels of a map; what only Terraform knows is left out. */
export function labelsOf(value: Block): Readonly<Record<string, string>> {
	return Object.fromEntries(
		Object.entries(value).flatMap(([key, item]) => {
			const text = typeof item === "boolean" ? String(item) : plain(item);
			return text === undefined ? [] : [[key, text]];
		}),
	);
}

/** Reads a selector, typed or from a manifest; undefined when there is none. */
export function labelSelector(value: Json | undefined): LabelSelector | undefined {
	if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) return undefined;
	const given = block(value);
	return {
		labels: labelsOf(block(given.match_labels ?? given.matchLabels)),
		expressions: blocks(given.match_expressions ?? given.matchExpressions, "").map(({ block: one }) => ({
			key: plain(one.key) ?? "",
			operator: plain(one.operator) ?? "",
			values: textList(one.values),
		})),
	};
}

/** Whether a selector selects labels (Kubernetes documentation, "Labels and Selectors"). */
export function selects(
	{ labels: wanted, expressions }: LabelSelector,
	labels: Readonly<Record<string, string>>,
): boolean {
	return (
		Object.entries(wanted).every(([key, value]) => labels[key] === value) &&
		expressions.every(({ key, operator, values }) => {
			const value = labels[key];
			if (operator === "In") return value !== undefined && values.includes(value);
			if (operator === "NotIn") return value === undefined || !values.includes(value);
			if (operator === "Exists") return value !== undefined;
			return operator === "DoesNotExist" && value === undefined;
		})
	);
}

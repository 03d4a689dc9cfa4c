import type { ValueChange } from "./plan-json.ts";

/** What stands in the place of a value that is not told. */
export const sensitiveMark = "(sensitive)";

/** Texts shorter than this are words of everyday: to hide them wherever they stand would hide the plan. */
const shortestSecret = 8;

/**
 * Every text that is sensitive in some change. Providers return such a value in other places, and Terraform marks it
 * only where the configuration did.
 */
export function sensitiveTexts(changes: readonly ValueChange[]): string[] {
	const found = new Set<string>();
	for (const { before, after, before_sensitive, after_sensitive } of changes) {
		for (const text of markedTexts(before, before_sensitive)) found.add(text);
		for (const text of markedTexts(after, after_sensitive)) found.add(text);
	}
	return [...found].filter((text) => text.length >= shortestSecret);
}

function* markedTexts(value: unknown, mark: unknown): Iterable<string> {
	if (mark === undefined || mark === false) return;
	if (typeof value === "string") {
		if (mark === true) yield value;
	} else if (typeof value === "object" && value !== null)
		for (const [key, part] of Object.entries(value)) yield* markedTexts(part, markOf(mark, key));
}

/** A value without what is marked in it, and without the texts that are sensitive elsewhere. */
export function withoutSensitive(value: unknown, mark: unknown, hidden: readonly string[]): unknown {
	if (mark === true) return sensitiveMark;
	if (typeof value === "string") return hidden.some((text) => value.includes(text)) ? sensitiveMark : value;
	if (Array.isArray(value))
		return value.map((part, index) => withoutSensitive(part, markOf(mark, index), hidden));
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(
		Object.entries(value).map(([key, part]) => [key, withoutSensitive(part, markOf(mark, key), hidden)]),
	);
}

/** The mark of a part: marks have the shape of their value, with `true` for all below. */
export function markOf(mark: unknown, key: string | number): unknown {
	return mark === true ? true : (mark as Record<string | number, unknown> | null | undefined)?.[key];
}

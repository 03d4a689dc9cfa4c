import type { ValueChange } from "./plan-json.ts";

/** Shown in place of a sensitive value. */
export const sensitiveMark = "(sensitive)";

/** Shortest sensitive text that is masked everywhere: masking common words would make a plan unreadable. */
const shortestSecret = 8;

/**
 * Every text that is sensitive in some change. Providers return such values in other places as well, which Terraform
 * marks only where the configuration does.
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

/** A value with its sensitive parts, and texts that are sensitive elsewhere, masked. */
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

/** The mark of a part of a value: marks have the shape of the value, with `true` for a whole subtree. */
export function markOf(mark: unknown, key: string | number): unknown {
	return mark === true ? true : (mark as Record<string | number, unknown> | null | undefined)?.[key];
}

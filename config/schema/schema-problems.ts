import type { Problem } from "./problem.ts";
import { z } from "./zod.ts";

/** Problems of a zod issue: path, expectation, and valid names. */
export function problemsOf(issue: z.core.$ZodIssue, input: unknown, schema: unknown): Problem[] {
	const path = issue.path.map(String);
	const at = path.join(".") || "(root)";
	if (issue.code === "unrecognized_keys") {
		const candidates = keysOf(schema, path);
		return issue.keys.map((key) => ({
			path: [...path, key].join("."),
			message: "unknown key",
			input: key,
			candidates,
		}));
	}
	if (issue.code === "invalid_type" && valueAt(input, issue.path) === undefined)
		return [{ path: at, message: `missing: expected ${article(issue.expected)}` }];
	if (issue.code === "custom" && issue.params?.candidates)
		return [
			{ path: at, message: issue.message, input: issue.params.input, candidates: issue.params.candidates },
		];
	if (issue.code === "invalid_value") {
		const candidates = issue.values.map(String);
		const written = valueAt(input, issue.path);
		return [
			{
				path: at,
				message: `expected ${candidates.length > 1 ? "one of " : ""}${candidates.join(", ")}`,
				...(typeof written === "string" ? { input: written, candidates } : {}),
			},
		];
	}
	if (issue.code === "invalid_key") return [{ path: at, message: issue.issues[0]?.message ?? issue.message }];
	return [{ path: at, message: issue.message.replace(/^Invalid input: /, "").replace(/^Too /, "too ") }];
}

function article(noun: string): string {
	return `${/^[aeiou]/.test(noun) ? "an" : "a"} ${noun}`;
}

/** The value at a path, or nothing where the path leaves the value. */
export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
	return path.reduce<unknown>(
		(current, key) => (current as Record<PropertyKey, unknown> | undefined)?.[key],
		value,
	);
}

/** The keys that the schema knows at a path, for suggestions; none where the path leaves objects. */
function keysOf(schema: unknown, path: readonly string[]): string[] {
	let current = schema;
	for (const key of path) {
		current = unwrap(current);
		if (current instanceof z.ZodObject) current = current.shape[key];
		else if (current instanceof z.ZodRecord) current = current.valueType;
		else if (current instanceof z.ZodArray) current = current.element;
	}
	current = unwrap(current);
	return current instanceof z.ZodObject ? Object.keys(current.shape) : [];
}

function unwrap(schema: unknown): unknown {
	return schema instanceof z.ZodOptional || schema instanceof z.ZodDefault ? unwrap(schema.unwrap()) : schema;
}

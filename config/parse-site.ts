import { ConfigError, type Problem } from "./problem.ts";
import { crossChecks } from "./schema/cross-checks.ts";
import { type Site, site as siteSchema } from "./schema/site.ts";
import { z } from "./schema/zod.ts";

/**
 * Validates a site completely: each domain by itself, then every rule that spans domains which are well-formed.
 *
 * @throws ConfigError with all problems at once
 */
export function parseSite(input: unknown, subject = "site"): Site {
	const result = siteSchema.safeParse(input);
	const problems = result.error?.issues.flatMap((issue) => problemsOf(issue, input)) ?? [];
	const broken = new Set(result.error?.issues.map((issue) => issue.path[0]));
	const wellFormed = result.data ?? parseDomains(input);
	for (const { needs, problems: problemsAcross } of crossChecks)
		if (needs.every((domain) => domain in wellFormed && !broken.has(domain)))
			problems.push(...problemsAcross(wellFormed as Site));
	if (problems.length > 0) throw new ConfigError(subject, problems);
	return wellFormed as Site;
}

/** The domains of an input that can be parsed on their own. */
function parseDomains(input: unknown): Partial<Site> {
	return Object.fromEntries(
		Object.entries(siteSchema.shape).flatMap(([domain, schema]) => {
			const result = schema.safeParse(valueAt(input, [domain]));
			return result.success ? [[domain, result.data]] : [];
		}),
	);
}

/** JSON Schema (draft 2020-12) of a site as it is written, for editors. */
export function siteJsonSchema(): object {
	return z.toJSONSchema(siteSchema, { io: "input", unrepresentable: "any" });
}

function problemsOf(issue: z.core.$ZodIssue, input: unknown): Problem[] {
	const path = issue.path.map(String);
	const at = path.join(".") || "(root)";
	if (issue.code === "unrecognized_keys") {
		const candidates = keysOf(siteSchema, path);
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
	return [{ path: at, message: issue.message.replace(/^Invalid input: /, "").replace(/^Too /, "too ") }];
}

function article(noun: string): string {
	return `${/^[aeiou]/.test(noun) ? "an" : "a"} ${noun}`;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
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

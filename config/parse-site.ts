import { crossChecks } from "./schema/cross-checks.ts";
import { ConfigError } from "./schema/problem.ts";
import { problemsOf, valueAt } from "./schema/schema-problems.ts";
import { type Site, site as siteSchema } from "./schema/site.ts";
import { z } from "./schema/zod.ts";

/**
 * Validates a site completely: each domain by itself, then every rule that spans domains which are well-formed.
 *
 * @throws ConfigError with all problems at once
 */
export function parseSite(input: unknown, subject = "site"): Site {
	const result = siteSchema.safeParse(input);
	const problems = result.error?.issues.flatMap((issue) => problemsOf(issue, input, siteSchema)) ?? [];
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

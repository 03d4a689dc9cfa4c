import { ownEndpoints } from "./own-endpoints.ts";
import { crossChecks } from "./schema/cross-checks.ts";
import { ConfigError, type Problem } from "./schema/problem.ts";
import { problemsOf, valueAt } from "./schema/schema-problems.ts";
import { type Site, site as siteSchema } from "./schema/site.ts";
import { textProblems } from "./schema/texts.ts";
import { z } from "./schema/zod.ts";

/**
 * Validates a site completely: each domain by itself, then every rule that spans domains which are well-formed.
 *
 * @throws ConfigError with all problems at once
 */
export function parseSite(input: unknown, subject = "site"): Site {
	const unfit = [...textProblems(input)];
	// What stands in its place is not looked up anywhere.
	if (unfit.length > 0) throw new ConfigError(subject, unfit);
	const result = siteSchema.safeParse(input);
	const problems = result.error?.issues.flatMap((issue) => problemsOf(issue, input, siteSchema)) ?? [];
	const broken = new Set(result.error?.issues.map((issue) => issue.path[0]));
	const wellFormed = result.data ?? parseDomains(input);
	problems.push(...addOwnEndpoints(wellFormed));
	for (const { needs, problems: problemsAcross } of crossChecks)
		if (needs.every((domain) => domain in wellFormed && !broken.has(domain)))
			problems.push(...problemsAcross(wellFormed as Site));
	if (problems.length > 0) throw new ConfigError(subject, problems);
	return wellFormed as Site;
}

/**
 * Completes the catalogue of endpoints by what the stacks serve, as soon as the domains that say so are well-formed.
 */
function* addOwnEndpoints(site: { -readonly [Domain in keyof Site]?: Site[Domain] }): Iterable<Problem> {
	const { cluster, mail, endpoints } = site;
	if (cluster === undefined || mail === undefined || endpoints === undefined) return;
	const own = ownEndpoints({ cluster, mail });
	for (const name of Object.keys(endpoints))
		if (Object.hasOwn(own, name))
			yield {
				path: `endpoints.${name}`,
				message: `stack ${own[name]?.stack} serves this endpoint; a site lists only what is served outside this project`,
			};
	site.endpoints = { ...own, ...endpoints };
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

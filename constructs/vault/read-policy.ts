import { readJson } from "../../config/schema/json.ts";
import { problemsOf } from "../../config/schema/schema-problems.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { z } from "../../config/schema/zod.ts";
import type { WrittenRule } from "./policy.ts";

const written = z.strictObject({
	path: z.record(
		z.string(),
		z.strictObject({ comment: z.string().optional(), capabilities: z.array(z.string()) }),
	),
});

/**
 * The rules of a policy in JSON: paths with their capabilities.
 *
 * @throws VisibleError for anything else, such as HCL, a path that is there twice or constraints on parameters
 */
export function readPolicy(text: string): readonly WrittenRule[] {
	const { value, problems } = readJson(text);
	const { data, error } = written.safeParse(value);
	const all = [
		...problems,
		...(value === undefined
			? []
			: (error?.issues ?? []).flatMap((issue) => problemsOf(issue, value, written))),
	];
	if (data === undefined || all.length > 0)
		throw new VisibleError(all.map(({ path, message }) => `${path}: ${message}`).join("; "));
	return Object.entries(data.path).map(([path, { capabilities }]) => ({ path, capabilities }));
}

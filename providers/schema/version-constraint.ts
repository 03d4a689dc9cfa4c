import { parse, satisfies } from "semver";
import { VisibleError } from "../../config/schema/visible-error.ts";

/** One condition of a constraint: operator, numbers, suffix of a pre-release. At most one space is between, and no `v`. */
const condition = /^(=|!=|>=|<=|>|<|~>|) ?(\d+)(?:\.(\d+))?(?:\.(\d+))?(-[\w.-]+)?$/;

/**
 * Whether Terraform would take a version of a provider under a constraint such as `~> 2.38` or `>= 1.2, < 2`
 * (Terraform's documentation, "Version Constraints"): `~>` lets only the last number that is written grow, and a
 * pre-release is taken only where it is asked for by its exact version.
 *
 * @throws VisibleError when the constraint or the version cannot be read
 */
export function admits(constraint: string, version: string): boolean {
	const given = parse(version);
	if (given === null) throw new VisibleError(`not a version: ${version}`);
	const conditions = constraint.split(",").map((text) => {
		const read = conditionOf(text.trim());
		if (read === undefined) throw new VisibleError(`not a version constraint: ${constraint}`);
		return { ...read, met: satisfies(given, read.range, { includePrerelease: true }) !== read.excluded };
	});
	return (
		conditions.every(({ met }) => met) &&
		(given.prerelease.length === 0 || conditions.some(({ exact, met }) => exact && met))
	);
}

/** A condition as a range of semver; a number that is missing is a zero, as it is for Terraform. */
function conditionOf(text: string) {
	const [, operator, major, minor = "0", patch, suffix = ""] = condition.exec(text) ?? [];
	if (operator === undefined || major === undefined) return undefined;
	const boundary = `${major}.${minor}.${patch ?? "0"}${suffix}`;
	const growing = patch === undefined ? `>=${boundary} <${Number(major) + 1}.0.0-0` : `~${boundary}`;
	return {
		range: operator === "~>" ? growing : `${operator.replace("!", "")}${boundary}`,
		exact: operator === "=" || operator === "",
		excluded: operator === "!=",
	};
}

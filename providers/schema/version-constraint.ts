import { VisibleError } from "../../config/schema/visible-error.ts";
/**
 * Whether a version satisfies a constraint of Terraform, such as `~> 2.38` or `>= 1.2, < 2`: `~>` lets only the last
 * part that is written grow.
 *
 * @throws when the constraint cannot be read
 */
export function admits(constraint: string, version: string): boolean {
	return constraint.split(",").every((clause) => {
		const [, operator = "=", wanted = ""] =
			/^\s*(=|!=|>=|<=|>|<|~>)?\s*v?(\d+(?:\.\d+)*)\s*$/.exec(clause) ?? [];
		if (wanted === "") throw new VisibleError(`not a version constraint: ${constraint}`);
		const order = compare(version, wanted);
		switch (operator) {
			case ">=":
				return order >= 0;
			case "<=":
				return order <= 0;
			case ">":
				return order > 0;
			case "<":
				return order < 0;
			case "!=":
				return order !== 0;
			case "~>": {
				const fixed = wanted.split(".").slice(0, -1);
				return order >= 0 && fixed.every((part, index) => part === (version.split(".")[index] ?? "0"));
			}
			default:
				return order === 0;
		}
	});
}

function compare(left: string, right: string): number {
	const [a, b] = [left.split(".").map(Number), right.split(".").map(Number)];
	for (let index = 0; index < Math.max(a.length, b.length); index++) {
		const difference = (a[index] ?? 0) - (b[index] ?? 0);
		if (difference !== 0) return difference;
	}
	return 0;
}

import type { Owner } from "../../config/registry/registry.ts";
import type { PlannedChange, PlanSummary } from "../../engine/plan/plan-summary.ts";

/**
 * Changes of a plan that somebody new does not explain: what is made for others, and whatever goes away. Lists that
 * name all tenants are updated in place; what an apply that stopped has left half done is made anew.
 */
export function unexpectedChanges(
	{ changes }: PlanSummary,
	{ key, namespaces }: Owner,
): readonly PlannedChange[] {
	const theirs = new Set([`owner-${key}`, ...namespaces.map((namespace) => `namespace-${namespace}`)]);
	return changes.filter(({ action, path = "" }) => {
		if (action === "update") return false;
		const made = action === "create" || action === "replace";
		return !(made && path.split("/").some((part) => theirs.has(part)));
	});
}

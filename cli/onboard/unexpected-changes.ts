import { constructIdsOf } from "../../config/registry/owner-names.ts";
import type { Owner } from "../../config/registry/registry.ts";
import type { PlannedChange, PlanSummary } from "../../review/plan/plan-summary.ts";

/**
 * Changes of a plan that are not due to a new owner: objects made for others, and every deletion. Updates are expected,
 * since lists that name all tenants are updated in place, and so are replacements of what an interrupted apply left
 * unfinished.
 */
export function unexpectedChanges(
	{ changes }: PlanSummary,
	{ key, namespaces }: Owner,
): readonly PlannedChange[] {
	const theirs = constructIdsOf({ key, namespaces });
	return changes.filter(({ action, path = "" }) => {
		if (action === "update") return false;
		const made = action === "create" || action === "replace";
		return !(made && path.split("/").some((part) => theirs.has(part)));
	});
}

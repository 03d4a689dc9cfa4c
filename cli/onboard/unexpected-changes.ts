import { constructIdsOf } from "../../config/registry/owner-names.ts";
import type { Owner } from "../../config/registry/registry.ts";
import type { PlannedChange, PlanSummary } from "../../review/plan/plan-summary.ts";

/** Construct that lists all tenants: which roles Vault may bind. */
const lists = ["vault/contents/kubernetes/cluster-role"];

/** Construct that lists the namespaces which may reach Vault, those of owners' pipelines among them. */
const clients = "vault/server/clients";

/** Construct that lists the administrators of the CI server. */
const administrators = "woodpecker/release";

/**
 * Changes of a plan that are not due to a new owner: objects of others, and every deletion. Expected are objects made for
 * the owner, replacements of what an interrupted apply left unfinished among them, and updates of lists that name the
 * owner; any other update was waiting for its own review.
 */
export function unexpectedChanges(
	{ changes }: PlanSummary,
	owner: Pick<Owner, "key" | "namespaces" | "ciAdmin" | "ciOrgId">,
): readonly PlannedChange[] {
	const theirs = constructIdsOf(owner);
	const shared = [
		...lists,
		...(owner.ciAdmin ? [administrators] : []),
		...(owner.ciOrgId === undefined ? [] : [clients]),
	];
	return changes.filter(({ action, path = "" }) => {
		if (action !== "create" && action !== "replace" && action !== "update") return true;
		if (path.split("/").some((part) => theirs.has(part))) return false;
		return action === "replace" || !shared.some((one) => path === one || path.startsWith(`${one}/`));
	});
}

import { withoutKey } from "../../world/address.ts";
import type { Resource, StackDocument } from "../../world/world.ts";
import { lossOf, lossOfData } from "./loss.ts";
import {
	type PlannedAction,
	type PlannedChange,
	type PlanSummary,
	unfinishedCreation,
} from "./plan-summary.ts";

/** Returns whether an object of a stack may hold data: its type is stateful, or the code prevents its destruction. */
export function dataHolders({
	resources,
}: StackDocument): (object: Pick<PlannedChange, "type" | "address">) => boolean {
	const protectedAddresses = new Set(resources.filter(preventsDestroy).map(({ address }) => address));
	return ({ type, address }) =>
		Object.hasOwn(lossOfData, type) || protectedAddresses.has(withoutKey(address));
}

/** What an action does to the object that was there: nothing, delete it, or leave it unmanaged. */
export const ends: Readonly<Record<PlannedAction, "no" | "gone" | "left alone">> = {
	create: "no",
	import: "no",
	move: "no",
	update: "no",
	"import+update": "no",
	forget: "left alone",
	replace: "gone",
	"import+replace": "gone",
	"create+forget": "left alone",
	destroy: "gone",
	unknown: "no",
};

/**
 * Changes of a plan that lose something: deletions of objects that hold data or that others depend on, and everything
 * that Terraform forgets. An object whose creation did not finish has nothing to lose but data.
 */
export function dataLosses({ changes }: PlanSummary, document: StackDocument): PlannedChange[] {
	const holdsData = dataHolders(document);
	return changes.filter((change) => {
		if (ends[change.action] === "left alone") return true;
		if (ends[change.action] === "no") return false;
		if (holdsData(change)) return true;
		return lossOf(change) !== undefined && !change.because.includes(unfinishedCreation);
	});
}

/** What is lost by such a change, as the end of a sentence. */
export function describeLoss(change: PlannedChange): string {
	if (ends[change.action] === "left alone") return "the object stays, and Terraform no longer knows of it";
	return lossOf(change) ?? "its construct forbids it";
}

/** Whether the code forbids Terraform to destroy a resource. */
export function preventsDestroy({ arguments: { lifecycle } }: Resource): boolean {
	return (lifecycle as { prevent_destroy?: unknown } | undefined)?.prevent_destroy === true;
}

import { withoutKey } from "../../terminal/diagnostic.ts";
import { foreignText } from "../../terminal/foreign-text.ts";
import { UsageError } from "../../terminal/usage-error.ts";
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
const ends: Readonly<Record<PlannedAction, "no" | "gone" | "left alone">> = {
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

function preventsDestroy({ arguments: { lifecycle } }: Resource): boolean {
	return (lifecycle as { prevent_destroy?: unknown } | undefined)?.prevent_destroy === true;
}

/**
 * Requires that the caller has confirmed each loss by its address.
 *
 * @throws UsageError with the losses that were not confirmed
 */
export function requireConfirmedLosses(losses: readonly PlannedChange[], confirmed: readonly string[]): void {
	const open = losses.filter(({ address }) => !confirmed.includes(address));
	if (open.length === 0) return;
	throw new UsageError(
		[
			`this plan would lose data or access, nothing was applied:`,
			...open.map((change) => {
				const { action, address, path } = change;
				const loss =
					ends[action] === "left alone"
						? "the object stays, and Terraform no longer knows of it"
						: (lossOf(change) ?? "its construct forbids it");
				return `  ${action} ${foreignText(address)}  ${path ?? "(no longer declared)"}: ${loss}`;
			}),
		].join("\n"),
		`when that is meant, after a backup: ${open.map(({ address }) => `--confirm-destroy '${foreignText(address)}'`).join(" ")}`,
	);
}

/** @throws UsageError when the plan has an action that is not known here, since its effect is not known either */
export function requireKnownActions({ changes }: PlanSummary): void {
	const unknown = changes.filter(({ action }) => action === "unknown");
	if (unknown.length === 0) return;
	throw new UsageError(
		[
			"this plan holds actions that are not known here, nothing was applied:",
			...unknown.map(({ address, because }) => foreignText(`  ${address}  ${because.join(", ")}`)),
		].join("\n"),
		"use a version of Terraform or OpenTofu that this version of infra knows",
	);
}

import { statefulTypes } from "../../constructs/policy/stateful-types.ts";
import type { Resource, StackDocument } from "../../constructs/policy/world.ts";
import { withoutKey } from "../terraform/diagnostic.ts";
import { UsageError } from "../usage-error.ts";
import type { PlannedChange, PlanSummary } from "./plan-summary.ts";

/**
 * What is lost with an object, by type. A namespace counts whatever it holds: of one that the code no longer declares,
 * such as that of a tenant who is out of the registry, a plan does not tell.
 */
const lossesByType: Readonly<Record<string, string>> = {
	...statefulTypes,
	kubernetes_namespace: "everything inside is deleted with it",
	kubernetes_namespace_v1: "everything inside is deleted with it",
};

/** Whether data may end with an object of a stack: it is stateful by type, or protected in the code. */
export function dataHolders({
	resources,
}: StackDocument): (object: Pick<PlannedChange, "type" | "address">) => boolean {
	const protectedAddresses = new Set(resources.filter(preventsDestroy).map(({ address }) => address));
	return ({ type, address }) =>
		Object.hasOwn(lossesByType, type) || protectedAddresses.has(withoutKey(address));
}

/** Changes of a plan that would lose data: the end of an object that holds some. */
export function statefulLosses({ changes }: PlanSummary, document: StackDocument): PlannedChange[] {
	const holdsData = dataHolders(document);
	return changes.filter(
		(change) => (change.action === "destroy" || change.action === "replace") && holdsData(change),
	);
}

function preventsDestroy({ arguments: { lifecycle } }: Resource): boolean {
	return (lifecycle as { prevent_destroy?: unknown } | undefined)?.prevent_destroy === true;
}

/**
 * Lets a plan pass only when each loss was named by the caller.
 *
 * @throws UsageError with the losses that were not
 */
export function requireConfirmedLosses(losses: readonly PlannedChange[], confirmed: readonly string[]): void {
	const open = losses.filter(({ address }) => !confirmed.includes(address));
	if (open.length === 0) return;
	throw new UsageError(
		[
			`this plan would lose data, nothing was applied:`,
			...open.map(({ action, address, path, type }) => {
				const loss = lossesByType[type] ?? "its construct forbids it";
				return `  ${action} ${address}  ${path ?? "(no longer declared)"}: ${loss}`;
			}),
		].join("\n"),
		`when that is meant, after a backup: ${open.map(({ address }) => `--confirm-destroy '${address}'`).join(" ")}`,
	);
}

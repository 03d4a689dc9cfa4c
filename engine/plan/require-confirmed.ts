import { describeLoss } from "../../review/plan/data-losses.ts";
import type { PlannedChange, PlanSummary } from "../../review/plan/plan-summary.ts";
import { foreignText } from "../../terminal/foreign-text.ts";
import { UsageError } from "../../terminal/usage-error.ts";

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
			...open.map(
				(change) =>
					`  ${change.action} ${foreignText(change.address)}  ${change.path ?? "(no longer declared)"}: ${describeLoss(change)}`,
			),
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

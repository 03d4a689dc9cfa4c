import { styleText } from "node:util";
import type { LocatedDiagnostic } from "../terraform/terraform-error.ts";
import { countActions, type PlannedAction, type PlanSummary, plannedActions } from "./plan-summary.ts";

type Style = Parameters<typeof styleText>[0];

const looks: Readonly<Record<PlannedAction, { readonly sign: string; readonly style: Style }>> = {
	create: { sign: "+", style: "green" },
	update: { sign: "~", style: "yellow" },
	replace: { sign: "±", style: "red" },
	destroy: { sign: "-", style: "red" },
	forget: { sign: ".", style: "yellow" },
	import: { sign: "<", style: "cyan" },
	move: { sign: ">", style: "cyan" },
};

/** One line of counts, then a line for each change that is not a creation: those deserve a look. */
export function renderPlan(summary: PlanSummary): string {
	const shown = summary.changes.filter(({ action }) => action !== "create");
	const width = Math.max(0, ...shown.map(({ address }) => address.length));
	return [
		`${styleText("bold", summary.stack)}  ${countLine(summary)}`,
		...plannedActions.flatMap((action) =>
			shown
				.filter((change) => change.action === action)
				.map(({ address, path, because }) => {
					const { sign, style } = looks[action];
					const where = path ?? "(no longer declared)";
					const why = because.length === 0 ? "" : styleText("dim", `  because of ${because.join(", ")}`);
					return `  ${styleText(style, `${sign} ${action.padEnd(7)}`)}  ${address.padEnd(width)}  ${where}${why}`;
				}),
		),
	].join("\n");
}

function countLine(summary: PlanSummary): string {
	const counts = countActions(summary);
	const parts = plannedActions
		.filter((action) => counts[action] > 0)
		.map((action) => styleText(looks[action].style, `${counts[action]} to ${action}`));
	if (summary.outputs > 0)
		parts.push(`${summary.outputs} ${summary.outputs === 1 ? "output" : "outputs"} to change`);
	return parts.join(", ") || styleText("dim", "no changes");
}

/** Warnings of Terraform, one line each. */
export function renderWarnings(warnings: readonly LocatedDiagnostic[]): string[] {
	return [
		...new Set(
			warnings.map(
				({ summary, detail, path, address }) =>
					`  ${styleText("yellow", "warning")}  ${[path ?? address, summary, detail?.split("\n\n")[0]].filter(Boolean).join(": ")}`,
			),
		),
	];
}

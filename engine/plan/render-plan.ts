import { styleText } from "node:util";
import {
	countActions,
	type PlannedAction,
	type PlannedChange,
	type PlanSummary,
	plannedActions,
} from "../../review/plan/plan-summary.ts";
import { foreignText } from "../../terminal/foreign-text.ts";
import type { LocatedDiagnostic } from "../../terminal/terraform-error.ts";
import { renderArguments } from "./render-arguments.ts";

type Style = Parameters<typeof styleText>[0];

/** Colour of an action, and its description where the name does not suffice. */
const looks: Readonly<
	Record<PlannedAction, { readonly sign: string; readonly style: Style; readonly called?: string }>
> = {
	create: { sign: "+", style: "green" },
	import: { sign: "<", style: "cyan" },
	move: { sign: ">", style: "cyan" },
	update: { sign: "~", style: "yellow" },
	"import+update": { sign: "~", style: "yellow", called: "import, then change" },
	forget: { sign: ".", style: "red" },
	replace: { sign: "±", style: "red" },
	"import+replace": { sign: "±", style: "red", called: "import, then replace" },
	"create+forget": { sign: "±", style: "red", called: "create anew, and forget the old" },
	destroy: { sign: "-", style: "red" },
	unknown: { sign: "?", style: "red", called: "do something that is not known here" },
};

export interface PlanRendering {
	/** Show counts and one line per change other than a creation, without arguments. @default false */
	readonly short?: boolean;
}

/** Renders a plan: a line of counts, then every change with its arguments, deletions last. */
export function renderPlan(summary: PlanSummary, { short = false }: PlanRendering = {}): string {
	const shown = summary.changes.filter(({ action }) => !short || action !== "create");
	const { drift = [], outputChanges = [], remarks = [] } = summary;
	const width = Math.max(0, ...[...shown, ...drift].map(({ address }) => foreignText(address).length));
	const ordered = plannedActions.flatMap((action) => shown.filter((change) => change.action === action));
	return [
		`${styleText("bold", summary.stack)}  ${countLine(summary)}`,
		...drift.map((change) => renderDrift(change, width)),
		...ordered.flatMap((change) => [
			renderChange(change, width),
			...(short ? [] : renderArguments(change.arguments ?? []).map((line) => `      ${line}`)),
		]),
		...(short
			? []
			: renderArguments(outputChanges).map((line) => `  ${styleText("yellow", "output")}  ${line}`)),
		...remarks.map((remark) => `  ${styleText("red", "!")} ${foreignText(remark)}`),
	].join("\n");
}

function renderChange({ action, address, path, movedFrom, because }: PlannedChange, width: number): string {
	const { sign, style, called = action } = looks[action];
	const where = path ?? "(no longer declared)";
	const notes = [
		...(movedFrom === undefined ? [] : [`moved from ${movedFrom}`]),
		...(because.length === 0 ? [] : [`because of ${because.join(", ")}`]),
	];
	const why = notes.length === 0 ? "" : styleText("dim", `  ${foreignText(notes.join("; "))}`);
	return `  ${styleText(style, `${sign} ${called.padEnd(7)}`)}  ${foreignText(address).padEnd(width)}  ${foreignText(where)}${why}`;
}

/** Changes made outside, by the names of arguments: the plan shows what becomes of them. */
function renderDrift(
	{ action, address, path, arguments: changed = [] }: PlannedChange,
	width: number,
): string {
	const what =
		action === "destroy"
			? "is gone"
			: `was changed outside: ${changed.map((change) => change.path).join(", ")}`;
	const where = path ?? "(no longer declared)";
	return `  ${styleText("magenta", `! ${"drift".padEnd(7)}`)}  ${foreignText(address).padEnd(width)}  ${foreignText(`${where}  ${what}`)}`;
}

function countLine(summary: PlanSummary): string {
	const counts = countActions(summary);
	const parts = plannedActions
		.filter((action) => counts[action] > 0)
		.map((action) =>
			styleText(looks[action].style, `${counts[action]} to ${looks[action].called ?? action}`),
		);
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
					`  ${styleText("yellow", "warning")}  ${foreignText([path ?? address, summary, detail?.split("\n\n")[0]].filter(Boolean).join(": "), "\n")}`,
			),
		),
	];
}

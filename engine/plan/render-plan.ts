import { styleText } from "node:util";
import type { ChangeFinding, Risk } from "../../review/finding.ts";
import {
	countActions,
	type PlannedAction,
	type PlannedChange,
	type PlanSummary,
	plannedActions,
} from "../../review/plan/plan-summary.ts";
import { type ChangeGroup, countClasses, groupChanges, type StackReview } from "../../review/stack-review.ts";
import { foreignText } from "../../terminal/foreign-text.ts";
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

const colours: Readonly<Record<Risk, Style>> = {
	danger: "red",
	failure: "red",
	caution: "yellow",
	notice: "cyan",
};

export interface PlanRendering {
	/** Show counts and one line per change other than a creation, without arguments. @default false */
	readonly short?: boolean;
}

/**
 * Renders a plan: a line of counts, findings about no single change, then every change with its findings and arguments,
 * by class: routine changes first, the worst class last, where the reader is asked.
 */
export function renderPlan(review: StackReview, { short = false }: PlanRendering = {}): string {
	const { summary, findings } = review;
	const { groups, others } = groupChanges(review);
	const width = Math.max(
		0,
		...[...summary.changes, ...others].map(({ address }) => foreignText(address).length),
	);
	const classes = short ? countClasses(findings.filter((finding) => !others.includes(finding))) : [];
	return [
		`${styleText("bold", summary.stack)}  ${review.failed ? styleText("red", "not planned") : countLine(summary)}`,
		...classes.map(({ class: name, risk, count }) => `  ${styleText(colours[risk], risk)}  ${count} ${name}`),
		...others.flatMap((finding) => [
			renderOther(finding, width),
			...(short ? [] : renderArguments(finding.texts ?? []).map((line) => `      ${line}`)),
		]),
		...(short ? renderShort(groups, width) : renderGroups(groups, width)),
		...(short
			? []
			: renderArguments(summary.outputChanges ?? []).map(
					(line) => `  ${styleText("yellow", "output")}  ${line}`,
				)),
	].join("\n");
}

function renderShort(groups: readonly ChangeGroup[], width: number): string[] {
	const shown = groups.flatMap(({ changes }) => changes).filter(({ change }) => change.action !== "create");
	return plannedActions.flatMap((action) =>
		shown.filter(({ change }) => change.action === action).map(({ change }) => renderChange(change, width)),
	);
}

function renderGroups(groups: readonly ChangeGroup[], width: number): string[] {
	const named = groups.some(({ risk }) => risk !== undefined);
	return groups
		.toReversed()
		.flatMap(({ class: name = "routine", risk, changes }) => [
			...(named
				? [
						styleText(
							risk === undefined ? "dim" : colours[risk],
							risk === undefined ? `  ${name}` : `  ${risk}  ${name}`,
						),
					]
				: []),
			...changes.flatMap(({ change, findings }) => [
				renderChange(change, width),
				...findings.map(
					(finding) =>
						`      ${styleText(colours[finding.risk], `! ${finding.class}:`)} ${foreignText(finding.message)}`,
				),
				...renderArguments(change.arguments ?? []).map((line) => `      ${line}`),
			]),
		]);
}

/** A finding about no single change of the plan. */
function renderOther({ class: name, risk, address, path, message }: ChangeFinding, width: number): string {
	const where =
		address === ""
			? ""
			: `${foreignText(address).padEnd(width)}  ${foreignText(path ?? "(no longer declared)")}  `;
	return `  ${styleText(colours[risk], `! ${name}`)}  ${where}${foreignText(message)}`;
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

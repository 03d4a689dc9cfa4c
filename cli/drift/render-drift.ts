import { styleText } from "node:util";
import { argumentForMachines } from "../../engine/plan/plan-for-machines.ts";
import { renderArguments } from "../../engine/plan/render-arguments.ts";
import { type Risk, risks } from "../../review/finding.ts";
import { foreignText } from "../../terminal/foreign-text.ts";
import { plural } from "../../world/plural.ts";
import {
	type Author,
	type DriftedObject,
	isOfSource,
	type Outcome,
	outcomeOf,
	type SourceReport,
	type StackDrift,
} from "./stack-drift.ts";

type Style = Parameters<typeof styleText>[0];

const outcomeStyles: Readonly<Record<Outcome, Style>> = {
	clean: "green",
	drift: "magenta",
	undeployed: "yellow",
	error: "red",
};

const sourceStyles: Readonly<Record<SourceReport["outcome"], Style>> = {
	...outcomeStyles,
	"left out": "yellow",
};

const riskStyles: Readonly<Record<Risk, Style>> = {
	danger: "red",
	failure: "red",
	caution: "yellow",
	notice: "cyan",
};

/** The reports for a terminal, dangerous drift first. */
export function renderDrift(stacks: readonly StackDrift[]): string {
	return mostUrgentFirst(stacks).map(renderStack).join("\n");
}

/** The reports for machines. */
export function driftForMachines(stacks: readonly StackDrift[]) {
	return {
		complete: stacks.every(({ errors }) => errors.length === 0),
		stacks: mostUrgentFirst(stacks).map(({ drifted, ...stack }) => ({
			...stack,
			outcome: outcomeOf({ drifted, ...stack }),
			drifted: drifted.map((object) => ({ ...object, arguments: object.arguments.map(argumentForMachines) })),
		})),
	};
}

function mostUrgentFirst(stacks: readonly StackDrift[]): StackDrift[] {
	const urgency = ({ drifted: [worst], errors }: StackDrift) =>
		worst !== undefined ? risks.indexOf(worst.risk) : risks.length + (errors.length > 0 ? 0 : 1);
	return stacks.toSorted((one, other) => urgency(one) - urgency(other));
}

function renderStack(stack: StackDrift): string {
	const outcome = outcomeOf(stack);
	const { drifted, tolerated, unmanaged, undeployed, errors, sources } = stack;
	const counts = [
		...(drifted.length > 0 ? [`${plural(drifted.length, "object")} changed outside`] : []),
		...(undeployed > 0 ? [`${plural(undeployed, "change")} of the code not deployed`] : []),
		...(tolerated.length > 0 ? [`${tolerated.length} changed outside where the code leaves it so`] : []),
	];
	return [
		`${styleText("bold", stack.stack)}  ${styleText(outcomeStyles[outcome], outcome)}${counts.length > 0 ? `  ${counts.join(", ")}` : ""}`,
		...drifted.flatMap(renderObject),
		...unmanaged.map((name) => `  ${styleText("dim", "unmanaged")}  ${foreignText(name)}`),
		...errors.map((error) => `  ${styleText("red", "not asked")}  ${foreignText(error)}`),
		...sources.flatMap(renderSource),
	].join("\n");
}

/** Also of a source that is clean: one that does not stand here was not asked. */
function renderSource({ name, outcome, remarks }: SourceReport): string[] {
	const style = sourceStyles[outcome];
	return [
		`  ${styleText("dim", "asked too")}  ${name}  ${styleText(style, outcome)}`,
		...remarks.map((remark) => `      ${foreignText(remark)}`),
	];
}

function renderObject(object: DriftedObject): string[] {
	const { what, address, path, risk, arguments: changed, consequences, authors = [], since } = object;
	const where = path === undefined ? "" : `  ${styleText("dim", foreignText(path))}`;
	return [
		`  ${styleText(riskStyles[risk], risk.padEnd(7))}  ${what.padEnd(9)}  ${foreignText(address)}${where}`,
		...renderArguments(changed).map((line) => `      ${line}`),
		...authors.map((author) => `      ${foreignText(describeAuthor(author))}`),
		...(since === undefined ? [] : [`      since ${foreignText(since)}`]),
		...consequences.map(
			(line) =>
				`      ${isOfSource(address) ? "" : `${styleText("yellow", "undone:")} `}${foreignText(line)}`,
		),
	];
}

/** `by kubectl-edit at 2026-01-02T03:04:05Z` */
export function describeAuthor({ manager, at }: Author): string {
	return `by ${manager}${at === undefined ? "" : ` at ${at}`}`;
}

import type { ArgumentChange, Value } from "../../review/plan/argument-changes.ts";
import { foreignText } from "../../terminal/foreign-text.ts";
import { plural } from "../../world/plural.ts";
import { describeAuthor } from "./render-drift.ts";
import { type DriftedObject, isOfSource, type StackDrift } from "./stack-drift.ts";

/** Characters after which no further object is described; GitHub takes no more than 65536 in all. */
const enough = 45_000;
const mostArguments = 12;
const mostConsequences = 6;
/** Length at which a foreign text is cut. */
const longestText = 100;

/** The hidden line by which the issue of a stack is found again. */
export function issueMarker(site: string, stack: string): string {
	return `<!-- infra drift: ${site}/${stack} -->`;
}

export function issueTitle(site: string, stack: string): string {
	return `Drift in stack ${stack} of site ${site}`;
}

/**
 * The description of a stack's issue in Markdown. The same drift gives the same text, whenever it is looked at. Text of
 * somebody else stands in code only, where Markdown and mentions mean nothing.
 */
export function issueBody(site: string, { stack, drifted, errors }: StackDrift): string {
	const shown = describeSome(drifted);
	const left = drifted.length - shown.length;
	return [
		issueMarker(site, stack),
		`${plural(drifted.length, "object")} of the stack ${inCode(stack)} ${drifted.length === 1 ? "is" : "are"} not as the code says, and the code has not changed.`,
		"",
		...shown.flat(),
		...(left > 0 ? [`- and ${left} more`] : []),
		"",
		...(errors.length > 0 ? ["A part of the stack could not be asked: there may be more.", ""] : []),
		`Take over: write it into the code. Revert: ${inCode(`infra deploy ${stack}`)}, or by hand for what Terraform does not see. Ignore: say so in the code. The runbook is ${inCode("docs/runbooks/drift.md")}. This text is kept up to date, and the issue closed once nothing differs.`,
	].join("\n");
}

/** The lines of as many objects as fit; the first is always among them, for one alone is short enough. */
function describeSome(objects: readonly DriftedObject[]): string[][] {
	const described: string[][] = [];
	let size = 0;
	for (const object of objects) {
		const lines = describeObject(object);
		size += lines.join("\n").length + 1;
		if (size > enough && described.length > 0) break;
		described.push(lines);
	}
	return described;
}

function describeObject(object: DriftedObject): string[] {
	const { what, risk, address, path, arguments: changed, consequences, authors = [], since } = object;
	const place = path === undefined ? "" : ` (${inCode(path)})`;
	return [
		`- **${risk}**: ${inCode(address)}${place} ${states[what]}`,
		...listed(changed, mostArguments, describeArgument),
		...authors.map((author) => `  - ${inCode(describeAuthor(author))}`),
		...(since === undefined ? [] : [`  - since ${inCode(since)}`]),
		...listed(consequences, mostConsequences, (text) => `${consequenceOf(object)}${inCode(text)}`),
	];
}

/** What a plan shows is undone by an apply; of everything else the sentence says what to do. */
function consequenceOf({ address }: DriftedObject): string {
	return isOfSource(address) ? "" : "an apply that undoes it: ";
}

const states: Readonly<Record<DriftedObject["what"], string>> = {
	changed: "was changed",
	deleted: "was deleted",
	unmanaged: "is declared by no stack",
	missing: "is read, and was never there",
};

function listed<Item>(items: readonly Item[], most: number, render: (item: Item) => string): string[] {
	const left = items.length - most;
	return [
		...items.slice(0, most).map((item) => `  - ${render(item)}`),
		...(left > 0 ? [`  - and ${left} more`] : []),
	];
}

function describeArgument({ path, before, after }: ArgumentChange): string {
	return `${path === "" ? "the whole" : inCode(path)}: ${side(before)} → ${side(after)}`;
}

function side(value: Value): string {
	return typeof value === "object" ? inCode(JSON.stringify(value.shown) ?? "") : `(${value})`;
}

/** A text in a code span that it cannot end (CommonMark 6.1). */
export function inCode(text: string): string {
	const readable = [...foreignText(text.slice(0, 4 * longestText))];
	const short =
		readable.length > longestText ? `${readable.slice(0, longestText).join("")}…` : readable.join("");
	if (short.trim() === "") return "(empty)";
	const runs = [...short.matchAll(/`+/g)].map(([run]) => run.length);
	const fence = "`".repeat(Math.max(0, ...runs) + 1);
	const padding = runs.length > 0 ? " " : "";
	return `${fence}${padding}${short}${padding}${fence}`;
}

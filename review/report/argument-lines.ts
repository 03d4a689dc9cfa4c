import { type StructuredPatchHunk, structuredPatch } from "diff";
import { foreignText } from "../../world/foreign-text.ts";
import { type ArgumentChange, mostEdits, type Value } from "../plan/argument-changes.ts";

/** Length up to which JSON is shown on one line. */
const longestJson = 80;

/** A line about arguments, safe for a reader. */
export interface ArgumentLine {
	/** `added` and `removed` are lines of a text that differs; `aside` is of no weight. */
	readonly kind: "plain" | "added" | "removed" | "aside";
	readonly text: string;
}

/** Lines about the arguments of an object: before and after, and a diff for texts of several lines. */
export function argumentLines(changes: readonly ArgumentChange[]): ArgumentLine[] {
	const later = changes.filter(({ before, after }) => before === "absent" && after === "unknown");
	return [
		...changes.filter((change) => !later.includes(change)).flatMap(argument),
		...(later.length === 0
			? []
			: [aside(`known after apply: ${later.map(({ path }) => foreignText(path)).join(", ")}`)]),
	];
}

function argument({ path, before, after }: ArgumentChange): ArgumentLine[] {
	const name = path === "" ? "" : `${foreignText(path)}: `;
	const [one, other] = [linesOf(before), linesOf(after)];
	if (isText(before) && isText(after) && (one !== undefined || other !== undefined))
		return [plainLine(name.trimEnd()), ...diffOf(one ?? textOf(before), other ?? textOf(after))];
	if (before === "absent") return [plainLine(`${name}${inline(after)}`)];
	return [plainLine(`${name}${inline(before)} → ${inline(after)}`)];
}

/** Whether a line diff can show it. */
function isText(value: Value): boolean {
	return value === "absent" || (typeof value === "object" && typeof value.shown === "string");
}

function textOf(value: Value): string {
	return typeof value === "object" ? String(value.shown) : "";
}

/** The text of a value for a line diff: several lines, or long JSON, which is formatted. */
function linesOf(value: Value): string | undefined {
	if (typeof value !== "object" || typeof value.shown !== "string") return undefined;
	const text = value.shown;
	if (text.trimEnd().includes("\n")) return text;
	if (text.length <= longestJson || !/^\s*[[{]/.test(text)) return undefined;
	try {
		return JSON.stringify(JSON.parse(text), null, 2);
	} catch {
		return undefined;
	}
}

function diffOf(before: string, after: string): ArgumentLine[] {
	const options = { context: 2, maxEditLength: mostEdits };
	const patch = structuredPatch("", "", before, after, "", "", options);
	const hunks = patch?.hunks ?? [replacement(splitLines(before), splitLines(after))];
	return hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
		...(before === "" || after === ""
			? []
			: [aside(`  @@ -${oldStart},${oldLines} +${newStart},${newLines} @@`)]),
		...lines.map((line): ArgumentLine => {
			const text = `  ${foreignText(line.replace(/\r$/, "\\r"), "\t")}`;
			if (line.startsWith("+")) return { kind: "added", text };
			return { kind: line.startsWith("-") ? "removed" : "plain", text };
		}),
	]);
}

const splitLines = (text: string) => (text === "" ? [] : text.split("\n"));

/** What lies between the first and the last lines that two texts share, as one hunk. */
function replacement(before: readonly string[], after: readonly string[]): StructuredPatchHunk {
	const shortest = Math.min(before.length, after.length);
	let [head, tail] = [0, 0];
	while (head < shortest && before[head] === after[head]) head += 1;
	while (tail < shortest - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
	const [removed, added] = [before, after].map((lines) => lines.slice(head, lines.length - tail)) as [
		string[],
		string[],
	];
	return {
		oldStart: head + 1,
		oldLines: removed.length,
		newStart: head + 1,
		newLines: added.length,
		lines: [...removed.map((line) => `-${line}`), ...added.map((line) => `+${line}`)],
	};
}

function inline(value: Value): string {
	if (value === "absent") return "(none)";
	if (value === "sensitive") return "(sensitive)";
	if (value === "unknown") return "(known after apply)";
	return foreignText(JSON.stringify(value.shown) ?? "");
}

const plainLine = (text: string): ArgumentLine => ({ kind: "plain", text });
const aside = (text: string): ArgumentLine => ({ kind: "aside", text });

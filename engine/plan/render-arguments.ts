import { styleText } from "node:util";
import { structuredPatch } from "diff";
import type { ArgumentChange, Value } from "../../review/plan/argument-changes.ts";
import { foreignText } from "../../terminal/foreign-text.ts";

/** Length up to which JSON is shown on one line. */
const longestJson = 80;

/** Lines about the arguments of an object: before and after, and a diff for texts of several lines. */
export function renderArguments(changes: readonly ArgumentChange[]): string[] {
	const later = changes.filter(({ before, after }) => before === "absent" && after === "unknown");
	return [
		...changes.filter((change) => !later.includes(change)).flatMap(renderArgument),
		...(later.length === 0
			? []
			: [styleText("dim", `known after apply: ${later.map(({ path }) => foreignText(path)).join(", ")}`)]),
	];
}

function renderArgument({ path, before, after }: ArgumentChange): string[] {
	const name = path === "" ? "" : `${foreignText(path)}: `;
	const [one, other] = [linesOf(before), linesOf(after)];
	if (isText(before) && isText(after) && (one !== undefined || other !== undefined))
		return [name.trimEnd(), ...diffOf(one ?? plain(before), other ?? plain(after))];
	if (before === "absent") return [`${name}${inline(after)}`];
	return [`${name}${inline(before)} → ${inline(after)}`];
}

/** Whether a line diff can show it. */
function isText(value: Value): boolean {
	return value === "absent" || (typeof value === "object" && typeof value.shown === "string");
}

function plain(value: Value): string {
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

function diffOf(before: string, after: string): string[] {
	const { hunks } = structuredPatch("", "", before, after, "", "", { context: 2 });
	return hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
		...(before === "" || after === ""
			? []
			: [styleText("dim", `  @@ -${oldStart},${oldLines} +${newStart},${newLines} @@`)]),
		...lines.map((line) => {
			const text = `  ${foreignText(line.replace(/\r$/, "\\r"), "\t")}`;
			if (line.startsWith("+")) return styleText("green", text);
			return line.startsWith("-") ? styleText("red", text) : text;
		}),
	]);
}

function inline(value: Value): string {
	if (value === "absent") return "(none)";
	if (value === "sensitive") return styleText("dim", "(sensitive)");
	if (value === "unknown") return styleText("dim", "(known after apply)");
	return foreignText(JSON.stringify(value.shown) ?? "");
}

import { styleText } from "node:util";
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";

/** A text with its source, for the heading of a patch. */
export interface NamedText {
	readonly name: string;
	readonly text: string;
}

/** Unified diff from one text to another; empty when they are the same. */
export function patchOf(from: NamedText, to: NamedText): string {
	if (from.text === to.text) return "";
	return createTwoFilesPatch(from.name, to.name, from.text, to.text, "", "", {
		context: 3,
		headerOptions: FILE_HEADERS_ONLY,
	}).trimEnd();
}

/** A report of a patch and lists, without the empty ones. */
export function report(
	patch: string,
	lists: readonly (readonly [title: string, lines: readonly string[]])[],
	...closing: readonly string[]
): string {
	return [
		...(patch === "" ? [] : [patch.split("\n").map(colourLine).join("\n")]),
		...lists
			.filter(([, lines]) => lines.length > 0)
			.map(([title, lines]) => [title, ...lines.map((line) => `- ${line}`)].join("\n")),
		...closing,
	].join("\n\n");
}

function colourLine(line: string): string {
	if (line.startsWith("---") || line.startsWith("+++")) return styleText("bold", line);
	if (line.startsWith("+")) return styleText("green", line);
	return line.startsWith("-") ? styleText("red", line) : line;
}

import { styleText } from "node:util";
import { type Assessment, isInForce } from "./assess.ts";
import { renderDifference } from "./compare-tables.ts";

/** What an assessment found, for the terminal. @param source what the server is compared with */
export function renderAssessment(server: string, source: string, assessment: Assessment): string {
	const { patch, table, problems } = assessment;
	const sections = [
		...(patch === "" ? [] : [patch.split("\n").map(colourLine).join("\n")]),
		...section(`the table in force on ${server}:`, table.map(renderDifference)),
		...section("in the way:", problems),
		...(isInForce(assessment) ? [`${server} exports what ${source} says`] : []),
	];
	return sections.join("\n\n");
}

/** The same for machines. */
export function assessmentJson(server: string, { patch, table, problems }: Assessment) {
	return { server, patch, table, problems };
}

function section(title: string, lines: readonly string[]): string[] {
	return lines.length === 0 ? [] : [[title, ...lines.map((line) => `- ${line}`)].join("\n")];
}

function colourLine(line: string): string {
	if (line.startsWith("---") || line.startsWith("+++")) return styleText("bold", line);
	if (line.startsWith("+")) return styleText("green", line);
	return line.startsWith("-") ? styleText("red", line) : line;
}

import { report } from "../../terminal/patch.ts";
import { type Assessment, isInForce } from "./assess.ts";
import { renderDifference } from "./compare-tables.ts";

/** What an assessment found, for the terminal. @param source what the server is compared with */
export function renderAssessment(server: string, source: string, assessment: Assessment): string {
	const { patch, table, problems } = assessment;
	return report(
		patch,
		[
			[`the table in force on ${server}:`, table.map(renderDifference)],
			["in the way:", problems],
		],
		...(isInForce(assessment) ? [`${server} exports what ${source} says`] : []),
	);
}

/** The same for machines. */
export function assessmentJson(server: string, { patch, table, problems }: Assessment) {
	return { server, patch, table, problems };
}

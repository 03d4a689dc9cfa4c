import { findingClasses } from "../catalogue/index.ts";
import type { Risk } from "../finding.ts";
import { findingsOf, type Review } from "./review.ts";

const levels: Readonly<Record<Risk, "error" | "warning" | "note">> = {
	danger: "error",
	failure: "error",
	caution: "warning",
	notice: "note",
};

/**
 * The findings as a log of SARIF 2.1.0. A result lies in the code of its stack, since a plan has no lines: readers
 * refuse results without a file.
 */
export function renderSarif({ stacks, revision }: Review): object {
	const ids: readonly string[] = findingClasses.map(({ id }) => id);
	return {
		$schema: "https://json.schemastore.org/sarif-2.1.0.json",
		version: "2.1.0",
		runs: [
			{
				tool: {
					driver: {
						name: "infra review",
						rules: findingClasses.map(({ id, risk, reason, remedy }) => ({
							id,
							shortDescription: { text: reason },
							help: { text: remedy },
							defaultConfiguration: { level: levels[risk] },
						})),
					},
				},
				...(revision === undefined ? {} : { properties: { revision } }),
				results: findingsOf(stacks).map(({ class: id, risk, stack, address, path, message, remedy }) => ({
					ruleId: id,
					...(ids.includes(id) ? { ruleIndex: ids.indexOf(id) } : {}),
					level: levels[risk],
					message: { text: `${path ?? (address || stack)}: ${message}. ${remedy}` },
					locations: [
						{
							physicalLocation: {
								artifactLocation: {
									uri: `stacks/${encodeURIComponent(stack)}/${encodeURIComponent(stack)}-stack.ts`,
								},
								region: { startLine: 1 },
							},
							logicalLocations: [{ fullyQualifiedName: path ?? (address || stack), kind: "resource" }],
						},
					],
					partialFingerprints: { "change/v1": [id, stack, address, message].join("\n") },
				})),
			},
		],
	};
}

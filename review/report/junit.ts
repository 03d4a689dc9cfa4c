import { foreignText } from "../../world/foreign-text.ts";
import { findingClasses } from "../catalogue/index.ts";
import type { ChangeFinding } from "../finding.ts";
import type { Review } from "./review.ts";

/** A report of JUnit: a suite per stack, a case per class, which fails when a finding of it must be accepted. */
export function renderJunit({ site, stacks }: Review): string {
	const suites = stacks.map(({ summary, findings }) => {
		const classes = new Set<string>(findingClasses.map(({ id }) => id));
		for (const finding of findings) classes.add(finding.class);
		const cases = [...classes].map((id) => findings.filter((finding) => finding.class === id));
		const failures = cases.filter((found) => found.some(({ blocks }) => blocks)).length;
		const names = [...classes];
		return [
			`  <testsuite name="${escapeXml(summary.stack)}" tests="${names.length}" failures="${failures}" errors="0" skipped="0">`,
			...cases.map((found, index) => testCase(summary.stack, names[index] ?? "", found)),
			"  </testsuite>",
		].join("\n");
	});
	return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="infra review of ${escapeXml(site)}">
${suites.join("\n")}
</testsuites>
`;
}

function testCase(stack: string, id: string, findings: readonly ChangeFinding[]): string {
	const name = `    <testcase classname="${escapeXml(stack)}" name="${escapeXml(id)}"`;
	if (findings.length === 0) return `${name}/>`;
	const lines = findings.map(
		({ risk, address, path, message }) => `${risk}: ${[path ?? address, message].filter(Boolean).join(": ")}`,
	);
	const blocking = findings.filter(({ blocks }) => blocks).length;
	const text = escapeXml(lines.join("\n"), "\n");
	const body =
		blocking > 0
			? `<failure message="${blocking} must be accepted">${text}</failure>`
			: `<system-out>${text}</system-out>`;
	return `${name}>\n      ${body}\n    </testcase>`;
}

/** XML 1.0 has no way to write control characters: they are shown escaped, as in a terminal. */
function escapeXml(text: string, keep = ""): string {
	return foreignText(text, keep).replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}

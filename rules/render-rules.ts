import { rules } from "./catalogue/index.ts";

const introduction = `# Rules

Every rule is applied to all synthesised stacks of a site before anything is written. A broken rule of severity
\`error\` stops the synthesis; a \`warning\` is printed.

## Waivers

Where the damage that a rule prevents cannot happen, waive it on the construct:

\`\`\`ts
waive(construct, "rule-id", "why the damage cannot happen here");
\`\`\`

The waiver holds for the construct and everything below it, and is listed with every synthesis. One that suppresses
nothing is an error itself (\`waiver-unused\`): delete it. Findings about the providers' schemas (\`schema\`) and rules
that fail (\`rule-failed\`) cannot be waived.

## Overview
`;

/** The reference of all rules as Markdown; \`docs/reference/rules.md\` is its output. */
export function renderRules(): string {
	const overview = [
		"| Rule | Severity | Prevents |",
		"|---|---|---|",
		...rules.map(({ id, severity, reason }) => `| [${id}](#${id}) | ${severity} | ${reason} |`),
	];
	const sections = rules.map(
		({ id, severity, reason, remedy }) => `## ${id}

Severity: ${severity}

${reason}

**Remedy.** ${remedy}

**Waiver.** \`waive(construct, "${id}", "…")\`
`,
	);
	return `${introduction}
${overview.join("\n")}

${sections.join("\n")}`;
}

import { findingClasses } from "./catalogue/index.ts";
import { risks } from "./finding.ts";

const introduction = `# What a review finds

\`infra plan\`, \`infra deploy\` and \`infra review\` read the plans of Terraform and say what they do, by class. A change
without a finding is *routine*. That is the shape of its plan and no verdict of safety: nobody has looked at what the
change means. How a change is reviewed and deployed: [runbook](../runbooks/review.md). Values that Terraform marks as sensitive are never shown.

| Risk | Means | Stops a review |
|---|---|---|
| danger | something is lost, or becomes known, and nothing in the code can undo that | yes |
| failure | the apply stops, or no plan ends empty again | yes |
| caution | somebody notices | no |
| notice | worth knowing | no |

\`infra review\` exits with 0 when nothing must be accepted, with 2 when something must, and with 1 when a stack could not be
planned. \`--out <folder>\` writes:

| File | For |
|---|---|
| \`review.md\` | a comment of at most 65,000 bytes: three lines, the rest folded; what does not fit is counted |
| \`review.html\` | a page that needs nothing else, with search and filter |
| \`review.json\`, \`review.schema.json\` | programs |
| \`review.sarif\` | code scanning, SARIF 2.1.0 |
| \`review.junit.xml\` | test reports: a suite per stack, a case per class |

A class has the risk of its worst findings; a finding may have a lesser one, such as a patch beside a major version.

## Overview
`;

/** The reference of all classes as Markdown; \`docs/reference/review.md\` is its output. */
export function renderClasses(): string {
	const ordered = risks.flatMap((risk) => findingClasses.filter((one) => one.risk === risk));
	const overview = [
		"| Class | Risk | What happens |",
		"|---|---|---|",
		...ordered.map(({ id, risk, reason }) => `| [${id}](#${id}) | ${risk} | ${reason} |`),
	];
	const sections = ordered.map(
		({ id, risk, reason, remedy }) => `## ${id}

Risk: ${risk}

${reason}

**Remedy.** ${remedy}
`,
	);
	return `${introduction}
${overview.join("\n")}

${sections.join("\n")}`;
}

import { type Accepted, acceptanceLine, type Verdict } from "../acceptance.ts";
import { codeBlock, cut, escapeMarkdown } from "./markdown-text.ts";

/** Most lines of one kind that a comment has room for. */
const mostLines = 20;

/** What stands below a review: which findings are still to be accepted, and how; what was, by whose words. */
export function renderAcceptances({ open, accepted, problems }: Verdict<Accepted>): string {
	const parts: string[] = [];
	if (problems.length > 0)
		parts.push(
			section(
				"Lines of the description that are wrong",
				bounded(problems.map((text) => `- ${escapeMarkdown(cut(text))}`)),
			),
		);
	if (open.length > 0) {
		const lines = [...new Set(open.map((finding) => acceptanceLine(finding)))];
		parts.push(
			section("To accept what is found, add these lines to the description", [codeBlock(bounded(lines))]),
		);
	}
	if (accepted.length > 0)
		parts.push(
			section(
				"Accepted in the description",
				bounded(
					accepted.map(
						({ stack, address, until, reason }) =>
							`- ${escapeMarkdown(cut(`${stack} ${address}, until ${until}: ${reason}`))}`,
					),
				),
			),
		);
	return parts.join("\n");
}

function section(title: string, lines: readonly string[]): string {
	return [`<details><summary>${title}</summary>\n`, ...lines, "\n</details>\n"].join("\n");
}

function bounded(lines: readonly string[]): string[] {
	const rest = lines.length - mostLines;
	return rest > 0 ? [...lines.slice(0, mostLines), `… ${rest} more`] : [...lines];
}

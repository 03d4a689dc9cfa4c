import { createHash } from "node:crypto";
import { foreignText } from "../../world/foreign-text.ts";
import { type ChangeFinding, risks } from "../finding.ts";
import type { ArgumentChange } from "../plan/argument-changes.ts";
import { type ChangeGroup, groupChanges, type ReviewedChange, type StackReview } from "../stack-review.ts";
import { argumentLines } from "./argument-lines.ts";
import { script, style } from "./html-page.ts";
import { describeCounts, type Review, verdictOf } from "./review.ts";

/** A page that needs nothing else, with search and filter. It loads nothing and runs no script but its own. */
export function renderHtml(review: Review): string {
	const { stacks, site, revision, plannedAt } = review;
	const verdict = verdictOf(stacks);
	const digest = createHash("sha256").update(script).digest("base64");
	return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${digest}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(verdict)}: review of ${escapeHtml(site)}</title>
<style>${style}</style>
</head>
<body>
<h1><span class="${verdict}">${escapeHtml(verdict)}</span>: ${escapeHtml(describeCounts(stacks))}</h1>
<p>Site ${escapeHtml(site)}, ${revision === undefined ? "code without a revision" : `revision <code>${escapeHtml(revision)}</code>`}, planned at ${escapeHtml(plannedAt)}</p>
<form hidden>
<input type="search" name="search" aria-label="Search" placeholder="Search for an address, a class, a value">
${[...risks, "routine"].map((risk) => `<label><input type="checkbox" name="risk" value="${risk}" checked> ${risk}</label>`).join("\n")}
<output></output>
</form>
${stacks.map(stackSection).join("\n")}
<footer><p>Routine is the shape of a plan, no verdict of safety. Sensitive values are not shown.</p></footer>
<script>${script}</script>
</body>
</html>
`;
}

function stackSection(review: StackReview): string {
	const { groups, others } = groupChanges(review);
	const { summary } = review;
	return [
		`<section>\n<h2>${escapeHtml(summary.stack)}: ${escapeHtml(describeCounts([review]))}</h2>`,
		...others.map(otherArticle),
		...groups.flatMap((group) => group.changes.map((one) => changeArticle(group, one))),
		"</section>",
	].join("\n");
}

/** A finding about no single change. */
function otherArticle(finding: ChangeFinding): string {
	const { risk, address, path } = finding;
	const place =
		address === ""
			? ""
			: `<p><code>${escapeHtml(address)}</code> ${escapeHtml(path ?? "(no longer declared)")}</p>`;
	return `<article data-risk="${risk}">\n${findingLine(finding)}${place}${linesOf(finding.texts)}</article>`;
}

function changeArticle({ risk }: ChangeGroup, { change, findings }: ReviewedChange): string {
	const { action, address, path, movedFrom, because } = change;
	const notes = [
		...(movedFrom === undefined ? [] : [`moved from ${movedFrom}`]),
		...(because.length === 0 ? [] : [`because of ${because.join(", ")}`]),
	];
	return [
		`<article data-risk="${risk ?? "routine"}">`,
		`<p><strong>${escapeHtml(action)}</strong> <code>${escapeHtml(address)}</code> ${escapeHtml(path ?? "(no longer declared)")}</p>`,
		...notes.map((note) => `<p class="aside">${escapeHtml(note)}</p>`),
		...findings.map(findingLine),
		`${linesOf(change.arguments)}</article>`,
	].join("\n");
}

function linesOf(changes: readonly ArgumentChange[] = []): string {
	const lines = argumentLines(changes).map(
		({ kind, text }) => `<span class="${kind}">${escapeHtml(text)}</span>`,
	);
	return lines.length === 0 ? "" : `<pre>${lines.join("\n")}</pre>\n`;
}

function findingLine({ risk, class: name, message, remedy }: ChangeFinding): string {
	return `<p><strong class="${risk}">${risk}, ${escapeHtml(name)}</strong>: ${escapeHtml(message)}</p>\n<p class="remedy">${escapeHtml(remedy)}</p>\n`;
}

function escapeHtml(text: string): string {
	return foreignText(text, "\t").replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}

import { plural } from "../../world/plural.ts";
import type { ChangeFinding } from "../finding.ts";
import type { ArgumentChange } from "../plan/argument-changes.ts";
import { countClasses, groupChanges, type ReviewedChange, type StackReview } from "../stack-review.ts";
import { type ArgumentLine, argumentLines } from "./argument-lines.ts";
import { codeBlock, codeSpan, cut, escapeMarkdown } from "./markdown-text.ts";
import { describeCounts, findingsOf, type Review, verdictOf } from "./review.ts";

/** Most bytes of a comment: GitHub refuses more than 65,536 characters; no limit of Forgejo and Gitea is known. */
export const commentBudget = 65_000;

/** Bytes that are kept free for the end of the comment. */
const reserve = 400;

/** Most lines of the arguments of one change. */
const longestChange = 60;

/** The hidden first line by which a comment is found again. */
export function commentMarker(site: string): string {
	return `<!-- infra-review ${site.replaceAll(/[^\w.-]/g, "")} -->`;
}

/**
 * A comment for a pull request: three lines, and the rest folded, the worst first. What does not fit is counted.
 * Everything that is not our own text is escaped.
 */
export function renderMarkdown(review: Review, { footer = "" }: { readonly footer?: string } = {}): string {
	const findings = findingsOf(review.stacks);
	const comment = new Comment(`${commentMarker(review.site)}\n${headline(review, findings)}\n`, footer);
	comment.folded(
		{ title: plural(findings.length, "finding"), what: "findings", share: 1 / 2 },
		findings,
		findingEntry,
	);
	const ordered = review.stacks.toSorted((one, other) => rank(findings, one) - rank(findings, other));
	for (const [index, stack] of ordered.entries()) {
		const { groups } = groupChanges(stack);
		if (groups.length === 0) continue;
		const title = `${escapeMarkdown(stack.summary.stack)}: ${describeCounts([stack])}`;
		const changes = groups.flatMap((group) => group.changes);
		comment.folded({ title, what: "changes", share: 1 / (ordered.length - index) }, changes, changeBlock);
	}
	return comment.text();
}

function headline({ stacks, site, revision, plannedAt }: Review, findings: readonly ChangeFinding[]): string {
	const changed = stacks.filter((one) => verdictOf([one]) !== "unchanged").length;
	const classes = countClasses(findings).map(({ class: name, count }) => `${count} ${name}`);
	const blocking = findings.filter(({ blocks }) => blocks).length;
	const verdict = verdictOf(stacks);
	const of = revision === undefined ? "code without a revision" : `revision ${codeSpan(cut(revision, 60))}`;
	return [
		`**${verdict}**: ${describeCounts(stacks)}; ${changed} of ${stacks.length} stacks to look at`,
		classes.length > 0
			? `${classes.join(", ")}${blocking === 0 ? "" : `; **${blocking} must be accepted**`}`
			: verdict === "routine"
				? "Routine: that is the shape of the plans, no verdict of safety"
				: "Nothing to look at",
		`Site ${escapeMarkdown(site)}, ${of}, planned at ${escapeMarkdown(plannedAt)}`,
	].join("  \n");
}

/** Place of the worst finding of a stack. */
function rank(findings: readonly ChangeFinding[], { summary }: StackReview): number {
	const place = findings.findIndex(({ stack }) => stack === summary.stack);
	return place === -1 ? findings.length : place;
}

function findingLine({ risk, class: name, stack, address, path, message }: ChangeFinding): string {
	const where = address === "" ? codeSpan(stack) : codeSpan(path ?? address);
	return `- **${risk}** ${name}, ${where}: ${escapeMarkdown(message)}`;
}

/** A finding, with the texts that no change shows. */
function findingEntry(finding: ChangeFinding): string {
	const shown = shownLines(finding.texts ?? []);
	return shown.length === 0
		? findingLine(finding)
		: `${findingLine(finding)}\n\n${codeBlock(shown, "diff")}\n`;
}

function changeBlock({ change, findings: [worst] }: ReviewedChange): string {
	const { action, address, path, movedFrom, because, arguments: changed = [] } = change;
	const notes = [
		...(movedFrom === undefined ? [] : [`moved from ${movedFrom}`]),
		...(because.length === 0 ? [] : [`because of ${because.join(", ")}`]),
	];
	const shown = shownLines(changed);
	const why = notes.length === 0 ? "" : `, ${escapeMarkdown(notes.join("; "))}`;
	const title = `${action} ${codeSpan(address)} ${codeSpan(path ?? "(no longer declared)")} (${worst?.class ?? "routine"})${why}`;
	return shown.length === 0 ? `${title}\n` : `${title}\n\n${codeBlock(shown, "diff")}\n`;
}

/** Lines of a diff block, as many as one change may have. */
function shownLines(changes: readonly ArgumentChange[]): string[] {
	const lines = argumentLines(changes);
	const shown = lines.slice(0, longestChange).map(diffLine);
	return lines.length > longestChange ? [...shown, `… ${lines.length - longestChange} more lines`] : shown;
}

interface Section {
	readonly title: string;
	/** What its entries are. */
	readonly what: string;
	/** Share of the bytes that are left. */
	readonly share: number;
}

/** A line of a diff block, whose colour hangs on the first character. */
function diffLine({ kind, text }: ArgumentLine): string {
	return cut(kind === "added" || kind === "removed" ? text.replace(/^ {2}([+-])/, "$1    ") : `  ${text}`);
}

/** A text within the budget. */
class Comment {
	readonly #parts: string[] = [];
	readonly #footer: string;
	#left: number;
	readonly #leftOut = new Map<string, number>();

	/** @param footer stands at the end, however little room there is */
	constructor(head: string, footer: string) {
		this.#footer = footer;
		this.#parts.push(head);
		this.#left = commentBudget - reserve - size(head) - size(footer);
	}

	/** A folded section with as many of its entries as fit into its share of what is left; the others are counted. */
	folded<Entry>(
		{ title, what, share }: Section,
		entries: readonly Entry[],
		render: (entry: Entry) => string,
	): void {
		const [open, close] = [`<details><summary>${title}</summary>\n`, "</details>\n"];
		let room = this.#left * share - size(open) - size(close);
		const fitting: string[] = [];
		for (const entry of entries) {
			const text = render(entry);
			room -= size(text);
			if (room < 0) break;
			fitting.push(text);
		}
		const missing = entries.length - fitting.length;
		if (missing > 0) this.#leftOut.set(what, (this.#leftOut.get(what) ?? 0) + missing);
		if (fitting.length === 0) return;
		const section = [open, ...fitting, close].join("\n");
		this.#left -= size(section);
		this.#parts.push(section);
	}

	text(): string {
		const missing = [...this.#leftOut].map(([what, count]) => `${count} more ${what}`).join(" and ");
		if (missing !== "")
			this.#parts.push(`Not shown here for its length: ${missing}. The files of the review have all.\n`);
		if (this.#footer !== "") this.#parts.push(this.#footer);
		return this.#parts.join("\n");
	}
}

/** Bytes of a text and the line end after it. */
function size(text: string): number {
	return Buffer.byteLength(text) + 1;
}

import { foreignText } from "../../world/foreign-text.ts";

/** Breaks what a forge would turn into a mention, a reference or a link. */
const apart = "&#8203;";

/** Longest piece of foreign text, in characters. */
const longest = 300;

/** Text that stands in Markdown as it is: no mark-up, HTML, mention, reference or link, on one line. */
export function escapeMarkdown(text: string): string {
	return cut(foreignText(text))
		.replaceAll(/[\\`*_{}[\]()#+\-.!|~^$=]/g, "\\$&")
		.replaceAll("&", "&amp;")
		.replaceAll("<", "&lt;")
		.replaceAll(">", "&gt;")
		.replaceAll("@", `@${apart}`)
		.replaceAll("\\#", `\\#${apart}`)
		.replaceAll("://", `:${apart}//`)
		.replaceAll(/www\\\./gi, (word) => word.slice(0, 3) + apart + word.slice(3));
}

/** A code span, whatever backticks are in it. */
export function codeSpan(text: string): string {
	const shown = cut(foreignText(text)) || " ";
	const fence = "`".repeat(longestRun(shown) + 1);
	// Spaces are dropped again, and keep a backtick at the edge apart.
	return `${fence} ${shown} ${fence}`.replace(/^(`+) (?=[^` ])/, "$1").replace(/(?<=[^` ]) (`+)$/, "$1");
}

/** A fenced block of lines, whatever backticks are in them. */
export function codeBlock(lines: readonly string[], language = ""): string {
	const fence = "`".repeat(Math.max(3, longestRun(lines.join("\n")) + 1));
	return [`${fence}${language}`, ...lines, fence].join("\n");
}

function longestRun(text: string): number {
	return Math.max(0, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
}

/** Cuts a long text between characters. */
export function cut(text: string, limit = longest): string {
	const characters = [...text];
	return characters.length <= limit ? text : `${characters.slice(0, limit).join("")} …`;
}

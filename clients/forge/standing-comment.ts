import type { Comment } from "./entries.ts";
import type { Forge } from "./forge.ts";

/** What was done with a comment that is kept up to date. */
export type CommentEffect = "written" | "edited" | "unchanged";

/**
 * Keeps one comment below a pull request or an issue, found by a marker and by its author: a comment of somebody else
 * with the marker is left alone, and never taken for ours. Nobody is notified of an edit, and an equal text edits
 * nothing. Two at once leave one comment.
 *
 * @param body Markdown whose first line is a marker that nobody sees, such as `<!-- infra review -->`
 */
export async function keepComment(forge: Forge, index: number, body: string): Promise<CommentEffect> {
	const [marker = ""] = body.split("\n", 1);
	const self = await forge.self();
	const ours = async () =>
		(await forge.comments(index)).filter((comment) => comment.author === self && marked(comment, marker));
	const [first] = await ours();
	if (first !== undefined) {
		// Forges write line ends in their own way.
		if (withoutReturns(first.body) === withoutReturns(body)) return "unchanged";
		await forge.editComment(first.id, body);
		return "edited";
	}
	const written = await forge.comment(index, body);
	const [older, ...younger] = (await ours()).sort((one, other) => one.id - other.id);
	// Whoever finds itself younger gives way, so that of two at once one stays.
	if (older === undefined || !younger.some(({ id }) => id === written.id)) return "written";
	await forge.editComment(older.id, body);
	await forge.deleteComment(written.id);
	return "edited";
}

function marked({ body }: Comment, marker: string): boolean {
	return body.startsWith(marker);
}

function withoutReturns(text: string): string {
	return text.replaceAll("\r\n", "\n").trimEnd();
}

import type { Issue } from "../../clients/forge/entries.ts";
import { issueBody, issueMarker, issueTitle } from "./issue-body.ts";
import { outcomeOf, type StackDrift } from "./stack-drift.ts";

/** Label of every issue about drift. */
export const driftLabel = "drift";

/** What to do with an issue at the forge. */
export type IssueChange =
	| { readonly kind: "open"; readonly title: string; readonly body: string }
	| { readonly kind: "edit"; readonly number: number; readonly body: string }
	| { readonly kind: "close"; readonly number: number; readonly comment: string };

export interface OpenIssues {
	/** Name of the site: two sites may share a repository. */
	readonly site: string;
	/** Open issues with the label. */
	readonly issues: readonly Issue[];
	/** Id of our own account: issues of others are theirs, whatever they say. */
	readonly self: number;
}

/**
 * What makes the issues say what was found: one for each stack with drift, none for the others. Nothing is done about a
 * stack that could not be asked. Of two issues about one stack, which two runs at once may open, the older stays.
 */
export function issueChanges(
	stacks: readonly StackDrift[],
	{ site, issues, self }: OpenIssues,
): IssueChange[] {
	return stacks.flatMap((stack): IssueChange[] => {
		const marker = issueMarker(site, stack.stack);
		const own = issues
			.filter(
				({ author, body, labels }) => author === self && labels.includes(driftLabel) && marked(body, marker),
			)
			.sort((one, other) => one.number - other.number);
		const outcome = outcomeOf(stack);
		if (outcome === "error") return [];
		if (outcome !== "drift")
			return own.map(({ number }) => ({
				kind: "close",
				number,
				comment: "Nothing of this stack differs from the code any more.",
			}));
		const body = issueBody(site, stack);
		const [first, ...others] = own;
		if (first === undefined) return [{ kind: "open", title: issueTitle(site, stack.stack), body }];
		return [
			...(sameText(first.body, body) ? [] : [{ kind: "edit" as const, number: first.number, body }]),
			...others.map(({ number }) => ({
				kind: "close" as const,
				number,
				comment: `The same as #${first.number}, which stays.`,
			})),
		];
	});
}

function marked(body: string, marker: string): boolean {
	return body.split(/\r?\n/, 1)[0] === marker;
}

/** Forges write line ends in their own way. */
function sameText(one: string, other: string): boolean {
	const plain = (text: string) => text.replaceAll("\r\n", "\n").trimEnd();
	return plain(one) === plain(other);
}

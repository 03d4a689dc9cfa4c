import { VisibleError } from "../../config/schema/visible-error.ts";
/**
 * Labels that the server puts on every pod of a step, and that no workflow can set (Woodpecker 3.17, `pipeline/const.go`).
 * Their values are normalised on the way: see {@link stampedValue}.
 */
export const stampedLabels = {
	/** `push`, `pull_request`, `cron`, `manual`, `tag`, `release`, `deployment` ... */
	event: "woodpecker-ci.org/event",
	/** Of the commit; for a pull request the one that it leads to. */
	branch: "woodpecker-ci.org/commit-branch",
	repository: "woodpecker-ci.org/repo-full-name",
} as const;

/**
 * What the agent makes of a value: lower case, one dash for what a label cannot have, none at the ends. So `main-` and
 * `main` give the same, and a label alone does not tell which it was.
 *
 * @throws VisibleError for a value that the agent would shorten
 */
export function stampedValue(value: string): string {
	const label = value
		.toLowerCase()
		.replace(/[^-_.a-z0-9]+/g, "-")
		.replace(/^[-_.]+|[-_.]+$/g, "");
	if (label.length > 63)
		throw new VisibleError(`"${value}" is longer than a label: expected 63 letters at most`);
	return label;
}

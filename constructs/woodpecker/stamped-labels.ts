import { VisibleError } from "../../config/schema/visible-error.ts";
/**
 * Labels that the server puts on every pod of a step, and that no workflow can set (Woodpecker 3.17,
 * `pipeline/const.go`). Their values are normalised: see {@link stampedValue}.
 */
export const stampedLabels = {
	/** `push`, `pull_request`, `cron`, `manual`, `tag`, `release`, `deployment` ... */
	event: "woodpecker-ci.org/event",
	/** Branch of the commit; for a pull request its target. */
	branch: "woodpecker-ci.org/commit-branch",
	repository: "woodpecker-ci.org/repo-full-name",
	/** Name of the step, which the workflow chooses. */
	step: "woodpecker-ci.org/step",
} as const;

/**
 * A value as the agent normalises it for a label: lower case, a dash for each other character, no dash at the ends.
 * `main-` and `main` both become `main`, so the label does not tell which it was.
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

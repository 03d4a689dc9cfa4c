import type { Forge } from "../../clients/forge/forge.ts";
import { UsageError } from "../../terminal/usage-error.ts";

const named = "name the review: --reviewed <number of its pull request>";

/**
 * Number of the pull request whose merge left a commit on the main branch: its merge, its squash, or the last of its
 * commits where it was rebased or fast-forwarded.
 *
 * @param revision of the checkout, with `-dirty` where files differ from it; undefined when it is none of git's
 * @throws UsageError for a checkout that is no commit, or a commit that no pull request or more than one has left
 */
export async function mergedPullRequest(
	forge: Pick<Forge, "mergedAs">,
	revision: string | undefined,
): Promise<number> {
	if (revision === undefined)
		throw new UsageError("--reviewed: this is no checkout of git, so no pull request belongs to it", named);
	if (!/^[0-9a-f]{40}$/.test(revision))
		throw new UsageError(
			"--reviewed: files differ from the commit, and no pull request has reviewed them",
			"commit or stash them: git status",
		);
	const [number, ...others] = await forge.mergedAs(revision);
	if (number === undefined)
		throw new UsageError(
			`--reviewed: no pull request was merged as ${revision}, so nobody has reviewed it`,
			`bring the change through a pull request, check out the commit of its merge, or ${named}`,
		);
	if (others.length > 0)
		throw new UsageError(
			`--reviewed: more than one pull request was merged as ${revision}: ${[number, ...others].join(", ")}`,
			named,
		);
	return number;
}

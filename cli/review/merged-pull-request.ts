import type { Forge } from "../../clients/forge/forge.ts";
import { UsageError } from "../../terminal/usage-error.ts";

const named = "name the review: --reviewed <number of its pull request>";

/** The most merges that wait for their deploys at once; older ones are deployed by hand. */
const mostBehind = 50;

/**
 * Number of the pull request whose merge left a commit on the main branch: its merge, its squash, or the last of its
 * commits where it was rebased or fast-forwarded. What is checked out is
 * compared with the forge's own branch, since whoever starts a pipeline may choose its commit.
 *
 * @param revision of the checkout, with `-dirty` where files differ from it; undefined when it is none of git's
 * @throws UsageError for a checkout that is no commit, or a commit that no pull request or more than one has left
 */
export async function mergedPullRequest(
	forge: Pick<Forge, "mergedAs" | "commitsOf">,
	revision: string | undefined,
	branch: string,
): Promise<number> {
	if (revision === undefined)
		throw new UsageError("--reviewed: this is no checkout of git, so no pull request belongs to it", named);
	if (!/^[0-9a-f]{40}$/.test(revision))
		throw new UsageError(
			"--reviewed: files differ from the commit, and no pull request has reviewed them",
			"commit or stash them: git status",
		);
	const commits = await forge.commitsOf(branch, mostBehind);
	if (!commits.includes(revision))
		throw new UsageError(
			`--reviewed: ${revision} is none of the ${commits.length} newest commits of ${branch} at the forge`,
			`only what was merged is deployed: check out ${branch}, or ${named}`,
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

import { run } from "../../clients/host/run.ts";
import { projectRoot } from "../../config/project-root.ts";
import { UsageError } from "../../terminal/usage-error.ts";

/** A commit to compare with. */
export interface Revision {
	readonly commit: string;
	/** Hash of its tree. */
	readonly tree: string;
	/** How it was chosen, for people. */
	readonly chosen: string;
}

/** Branches that changes are merged into, in the order in which they are looked for. */
const mainBranches = ["origin/HEAD", "origin/main", "origin/master", "main", "master"];

/** The output of a git command; undefined when it fails. @throws UsageError without git */
export async function git(...args: readonly string[]): Promise<string | undefined> {
	try {
		const { code, stdout } = await run("git", args, { cwd: projectRoot });
		return code === 0 ? stdout.trim() : undefined;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
		throw new UsageError("git: not found on the PATH", "install git: the base is read from its history");
	}
}

/** @throws UsageError unless the project is the top of a checkout */
async function requireCheckout(): Promise<void> {
	if ((await git("rev-parse", "--show-prefix")) === "") return;
	throw new UsageError(
		`${projectRoot} is no git checkout: there is no base to compare with`,
		"work in a clone: git clone",
	);
}

/** The commit of a name. @throws UsageError when there is none */
export async function revisionOf(name: string): Promise<Revision> {
	const [, commit] = await Promise.all([requireCheckout(), commitOf(name)]);
	if (commit === undefined)
		throw new UsageError(`--base ${name}: git knows no such revision`, await unshallow("git log --oneline"));
	return revision(commit, name);
}

/** The merge base of HEAD with the main branch. @throws UsageError when there is none */
export async function mergeBase(): Promise<Revision> {
	await requireCheckout();
	for (const branch of mainBranches) {
		if ((await commitOf(branch)) === undefined) continue;
		const commit = await git("merge-base", "HEAD", branch);
		if (commit) return revision(commit, `merge base with ${branch}`);
		throw new UsageError(
			`HEAD and ${branch} have no common commit`,
			await unshallow("--base REV names a base"),
		);
	}
	throw new UsageError(
		`there is no main branch: none of ${mainBranches.join(", ")}`,
		await unshallow("--base REV names a base"),
	);
}

async function revision(commit: string, chosen: string): Promise<Revision> {
	return { commit, tree: (await git("rev-parse", `${commit}^{tree}`)) ?? "", chosen };
}

function commitOf(name: string): Promise<string | undefined> {
	return git("rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`);
}

/** The hint, or the remedy where the clone lacks history. */
async function unshallow(hint: string): Promise<string> {
	if ((await git("rev-parse", "--is-shallow-repository")) !== "true") return hint;
	return "the clone is shallow: git fetch --unshallow";
}

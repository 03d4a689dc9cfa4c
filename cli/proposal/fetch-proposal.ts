import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Forge } from "../../clients/forge/forge.ts";
import { run } from "../../clients/host/run.ts";
import { minutes } from "../../config/schema/duration.ts";
import type { Site } from "../../config/schema/site.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { type Proposal, proposalPaths, waitingProposal, writeProposal } from "./proposal.ts";

export interface FetchOptions {
	readonly site: Pick<Site, "woodpecker">;
	readonly forge: Forge;
	/** Token that may read the repository. */
	readonly token: string;
	/** Commit that it is reviewed against: the one whose code runs here. */
	readonly base: string;
	/** Text of the registry of people; undefined where the tree has a file of its own. */
	readonly registry: string | undefined;
	/** Folder that receives the proposal; what was there is removed. */
	readonly folder: string;
}

/**
 * Fetches what the pull request that waits for its review would make of the base, as files: nothing of it is checked
 * out, run or installed. A branch that the base has left behind takes nothing of the base away.
 *
 * @returns undefined when none waits
 * @throws UsageError when its head has moved on, or the forge does not know the base
 */
export async function fetchProposal({
	site: { woodpecker },
	forge,
	token,
	base,
	registry,
	folder,
}: FetchOptions): Promise<Proposal | undefined> {
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder, { recursive: true, mode: 0o700 });
	const proposal = await waitingProposal(forge, woodpecker.infrastructureBranch);
	if (proposal === undefined) return undefined;
	writeProposal(folder, proposal);
	if (registry !== undefined) writeFileSync(proposalPaths(folder).registry, registry, { mode: 0o600 });
	const address = `${woodpecker.forge.url.replace(/\/+$/, "")}/${woodpecker.infrastructureRepository}.git`;
	try {
		await fetchTree(proposal, { address, token, base, branch: woodpecker.infrastructureBranch, folder });
	} catch (error) {
		if (!(error instanceof UnfetchableTree)) throw error;
		// Its author is told, and others do not wait for it.
		writeFileSync(proposalPaths(folder).failure, error.message);
	}
	return proposal;
}

/** Time for each program that takes a branch. */
const longest = minutes(5);

/** What a branch holds cannot be had as files. */
class UnfetchableTree extends UsageError {
	override readonly name = "UsageError";
}

interface Remote extends Pick<FetchOptions, "token" | "base" | "folder"> {
	readonly address: string;
	/** Branch that pull requests are merged into. */
	readonly branch: string;
}

async function fetchTree(
	{ number, commit }: Proposal,
	{ address, branch, token, base, folder }: Remote,
): Promise<void> {
	const repository = join(folder, "fetched.git");
	const git = gitWith(token, repository);
	await git("init", "--quiet", "--bare");
	const head = `refs/pull/${number}/head`;
	const refs = [head, `refs/heads/${branch}`].map((ref) => `+${ref}:${ref}`);
	await git("fetch", "--quiet", "--no-tags", address, ...refs);
	const fetched = (await git("rev-parse", head)).trim();
	if (fetched !== commit)
		throw new UsageError(`pull request ${number} has moved on while it was fetched`, "run it again");
	const merged = await mergedTree(git, { base, branch, commit });
	const { tree } = proposalPaths(folder);
	mkdirSync(tree);
	const archive = join(folder, "tree.tar");
	await git("archive", "--format=tar", `--output=${archive}`, merged);
	await must("tar", ["--no-same-owner", "-xf", archive, "-C", tree], {});
	for (const done of [archive, repository]) rmSync(done, { recursive: true });
}

/**
 * The tree of a merge of a commit into the base, as the forge would make it.
 *
 * @throws UsageError when the forge does not know the base; UnfetchableTree for conflicts
 */
async function mergedTree(
	git: Git,
	{ base, branch, commit }: Pick<Remote, "base" | "branch"> & Pick<Proposal, "commit">,
): Promise<string> {
	try {
		await git("merge-base", "--is-ancestor", base, `refs/heads/${branch}`);
	} catch {
		throw new UsageError(
			`${base} is no commit of ${branch} at the forge, so that nothing can be reviewed against it`,
			`check out ${branch} as the forge has it`,
		);
	}
	try {
		return (await git("merge-tree", "--write-tree", "--no-messages", base, commit)).trim();
	} catch (error) {
		throw error instanceof UnfetchableTree
			? new UnfetchableTree(
					`it cannot be merged into ${branch} at ${base}: bring it up to date with ${branch}`,
				)
			: error;
	}
}

type Git = (...args: readonly string[]) => Promise<string>;

/** Git without the user's own settings; the token is in no argument, which others could read. */
function gitWith(token: string, repository: string): Git {
	const basic = Buffer.from(`x-access-token:${token}`).toString("base64");
	const settings = [
		["http.extraHeader", `authorization: Basic ${basic}`],
		["http.followRedirects", "false"],
		["transfer.fsckObjects", "true"],
		// Renamed files are looked for among as many: time grows with their square.
		["merge.renameLimit", "1000"],
		["protocol.allow", "never"],
		["protocol.https.allow", "always"],
		// A forge on the loopback; a site's is https, which its schema demands.
		["protocol.http.allow", "always"],
	] as const;
	const env = {
		PATH: process.env.PATH,
		GIT_CONFIG_NOSYSTEM: "1",
		GIT_CONFIG_GLOBAL: "/dev/null",
		GIT_TERMINAL_PROMPT: "0",
		GIT_CONFIG_COUNT: String(settings.length),
		...Object.fromEntries(
			settings.flatMap(([key, value], index) => [
				[`GIT_CONFIG_KEY_${index}`, key],
				[`GIT_CONFIG_VALUE_${index}`, value],
			]),
		),
	};
	return (...args) => must("git", ["--git-dir", repository, ...args], env);
}

async function must(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
	const options = { env: { PATH: process.env.PATH, ...env }, within: longest };
	const { code, stdout, stderr } = await run(command, args, options).catch((error: Error) => {
		throw error instanceof VisibleError ? new UnfetchableTree(error.message) : error;
	});
	if (code === 0) return stdout;
	throw new UnfetchableTree(`${command} cannot take it: ${stderr.trim() || `ended with ${code}`}`);
}

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Forge } from "../../clients/forge/forge.ts";
import { run } from "../../clients/host/run.ts";
import type { Site } from "../../config/schema/site.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { type Proposal, proposalPaths, waitingProposal, writeProposal } from "./proposal.ts";

export interface FetchOptions {
	readonly site: Pick<Site, "woodpecker">;
	readonly forge: Forge;
	/** Token that may read the repository. */
	readonly token: string;
	/** Text of the registry of people; undefined where the tree has a file of its own. */
	readonly registry: string | undefined;
	/** Folder that receives the proposal; what was there is removed. */
	readonly folder: string;
}

/**
 * Fetches the pull request that waits for its review, as files: nothing of it is checked out, run or installed.
 *
 * @returns undefined when none waits
 * @throws UsageError when its head has moved on
 */
export async function fetchProposal({
	site: { woodpecker },
	forge,
	token,
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
		await fetchTree(proposal, { address, token, folder });
	} catch (error) {
		if (!(error instanceof UnfetchableTree)) throw error;
		// Its author is told, and others do not wait for it.
		writeFileSync(proposalPaths(folder).failure, error.message);
	}
	return proposal;
}

/** What a branch holds cannot be had as files. */
class UnfetchableTree extends UsageError {
	override readonly name = "UsageError";
}

async function fetchTree(
	{ number, commit }: Proposal,
	{ address, token, folder }: { readonly address: string; readonly token: string; readonly folder: string },
): Promise<void> {
	const repository = join(folder, "fetched.git");
	const git = gitWith(token);
	await git("init", "--quiet", "--bare", repository);
	const ref = `refs/pull/${number}/head`;
	await git("--git-dir", repository, "fetch", "--quiet", "--depth=1", "--no-tags", address, `+${ref}:${ref}`);
	const fetched = (await git("--git-dir", repository, "rev-parse", ref)).trim();
	if (fetched !== commit)
		throw new UsageError(`pull request ${number} has moved on while it was fetched`, "run it again");
	const { tree } = proposalPaths(folder);
	mkdirSync(tree);
	const archive = join(folder, "tree.tar");
	await git("--git-dir", repository, "archive", "--format=tar", `--output=${archive}`, commit);
	await must("tar", ["--no-same-owner", "-xf", archive, "-C", tree], {});
	for (const done of [archive, repository]) rmSync(done, { recursive: true });
}

/** Git without the user's own settings; the token is in no argument, which others could read. */
function gitWith(token: string): (...args: readonly string[]) => Promise<string> {
	const basic = Buffer.from(`x-access-token:${token}`).toString("base64");
	const settings = [
		["http.extraHeader", `authorization: Basic ${basic}`],
		["http.followRedirects", "false"],
		["transfer.fsckObjects", "true"],
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
	return (...args) => must("git", args, env);
}

async function must(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
	const { code, stdout, stderr } = await run(command, args, { env: { PATH: process.env.PATH, ...env } });
	if (code === 0) return stdout;
	throw new UnfetchableTree(`${command} cannot take it: ${stderr.trim() || `ended with ${code}`}`);
}

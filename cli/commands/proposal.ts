import { Command } from "@commander-js/extra-typings";
import type { Project } from "../../engine/project.ts";
import { print, printProgress } from "../../terminal/output.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { examples } from "./examples.ts";

export function proposalCommand(project: Project) {
	return new Command("proposal")
		.description("review a pull request whose code nobody has read yet")
		.addCommand(fetchCommand(project))
		.addCommand(synthCommand(project))
		.addCommand(reviewCommand(project))
		.addHelpText(
			"after",
			examples(
				["infra proposal fetch proposal", "the oldest pull request that waits, as files"],
				["infra proposal synth proposal", "its code runs without network, variables and files"],
				["infra proposal review proposal --sign", "its documents are read as data, planned, and posted"],
			),
		);
}

function fetchCommand(project: Project) {
	return new Command("fetch")
		.description("fetch the pull request that waits for its review, and run nothing of it")
		.argument("<folder>", "folder that receives it; what was there is removed")
		.action(async (folder) => {
			const [{ fetchProposal }, { forgeOf }, { readRegistry, registryPlace }] = await Promise.all([
				import("../proposal/fetch-proposal.ts"),
				import("../../clients/forge/access.ts"),
				import("../../clients/vault/load-registry.ts"),
			]);
			const site = await project.loadSite();
			const token = process.env.INFRA_FORGE_TOKEN ?? "";
			const forge = forgeOf(site, token);
			const own = site.vault.phase === "server" || registryPlace(site).kind === "file";
			const registry = own ? undefined : (await readRegistry(site)).text;
			const base = await requireCommit(project);
			const proposal = await fetchProposal({ site, forge, token, base, registry, folder });
			print(
				proposal === undefined
					? "no pull request waits"
					: `pull request ${proposal.number} at ${proposal.commit}`,
			);
		});
}

/** @throws UsageError for a checkout that is no commit: nothing can be merged into it */
async function requireCommit(project: Project): Promise<string> {
	const revision = await project.revision();
	if (revision !== undefined && /^[0-9a-f]{40}$/.test(revision)) return revision;
	throw new UsageError(
		revision === undefined
			? "this is no checkout of git, so that nothing can be reviewed against it"
			: "files differ from the commit, so that nothing can be reviewed against it",
		"run it in a clean clone of the infrastructure repository",
	);
}

function synthCommand(project: Project) {
	return new Command("synth")
		.description("build its documents where its code reaches nothing")
		.argument("<folder>", "the folder that was fetched")
		.action(async (folder) => {
			const { synthProposal } = await import("../proposal/synth-proposal.ts");
			print(await synthProposal(folder, project.choice().site));
		});
}

function reviewCommand(project: Project) {
	return new Command("review")
		.description("read its documents as data, plan what differs, and keep the review as its comment")
		.argument("<folder>", "the folder whose documents were built")
		.option("--sign", "sign it by Vault's key when nothing is left to be accepted")
		.action(async (folder, { sign = false }) => {
			const [{ reviewProposal }, { forgeOf }, { vaultAccess }] = await Promise.all([
				import("../proposal/review-proposal.ts"),
				import("../../clients/forge/access.ts"),
				import("../../clients/vault/access.ts"),
			]);
			const site = await project.loadSite();
			const forge = forgeOf(site, process.env.INFRA_FORGE_TOKEN);
			const signer = sign ? { signer: await vaultAccess(site) } : {};
			const app = await project.openApp();
			printProgress("planning");
			print(await reviewProposal(folder, { app, forge, now: new Date(), ...signer }));
		});
}

import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Forge } from "../../clients/forge/forge.ts";
import { UsageError } from "../../terminal/usage-error.ts";

/** A pull request as it was fetched. */
export interface Proposal {
	readonly number: number;
	/** Commit at its head. */
	readonly commit: string;
	/** Digest of its description, whose lines accept findings. */
	readonly description: string;
}

/** Files and folders of a proposal, from one step to the next. */
export function proposalPaths(folder: string) {
	const at = (name: string) => join(folder, name);
	return {
		/** Which pull request it is. */
		proposal: at("proposal.json"),
		/** What its branch holds. */
		tree: at("tree"),
		/** Registry of people that its code is built for; none where the site has a file of its own. */
		registry: at("registry.json"),
		/** What its code has written. */
		documents: at("documents"),
		/** What its code has said that it renders beside Terraform. */
		beside: at("beside.json"),
		/** Why there are no documents. */
		failure: at("failure.txt"),
	};
}

/** The pull request of a folder; undefined when none waited. */
export function readProposal(folder: string): Proposal | undefined {
	const { proposal } = proposalPaths(folder);
	if (!existsSync(folder))
		throw new UsageError(`${folder}: no such folder`, "infra proposal fetch <folder> makes it");
	return existsSync(proposal) ? JSON.parse(readFileSync(proposal, "utf8")) : undefined;
}

export function writeProposal(folder: string, proposal: Proposal): void {
	writeFileSync(proposalPaths(folder).proposal, JSON.stringify(proposal));
}

/** The line by which a comment says what was reviewed, so that it is reviewed again when either has changed. */
export function markOf({ commit, description }: Omit<Proposal, "number">): string {
	return `<!-- infra-proposal ${commit} ${description} -->\n`;
}

export function digestOfDescription(body: string): string {
	return createHash("sha256").update(body).digest("hex").slice(0, 16);
}

/**
 * The oldest pull request whose commit or description nobody has reviewed yet. A comment that somebody has changed makes
 * it wait once more, or longer: it decides about nothing else.
 */
export async function waitingProposal(forge: Forge, branch: string): Promise<Proposal | undefined> {
	const self = await forge.self();
	for (const { number, head, body } of await forge.openPullRequests(branch)) {
		const proposal = { number, commit: head, description: digestOfDescription(body) };
		const comments = await forge.comments(number);
		const mark = markOf(proposal).trim();
		if (!comments.some(({ author, body: text }) => author === self && text.includes(mark))) return proposal;
	}
	return undefined;
}

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Forge } from "../../clients/forge/forge.ts";
import { keepComment } from "../../clients/forge/standing-comment.ts";
import type { VaultAccess } from "../../clients/vault/ask-vault.ts";
import { openDocuments } from "../../engine/open-documents.ts";
import { reviewStacks } from "../../engine/plan/review-stacks.ts";
import { stacksToldOf } from "../../review/beside-parts.ts";
import { commentMarker } from "../../review/report/markdown.ts";
import { codeBlock } from "../../review/report/markdown-text.ts";
import type { InfraApp } from "../../stacks/infra-app.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import type { Beside, StackDocument } from "../../world/world.ts";
import { besideTerraform } from "../affected/beside-terraform.ts";
import { changedParts } from "../affected/comparison.ts";
import { postReview, statusContext } from "../review/post-review.ts";
import { markOf, type Proposal, proposalPaths, readProposal } from "./proposal.ts";
import { readBeside } from "./read-beside.ts";
import { readDocuments } from "./read-documents.ts";

export interface ReviewProposalOptions {
	/** The base, built by the code that runs here. */
	readonly app: InfraApp;
	readonly forge: Forge;
	/** Who signs it; nobody does unless it is given. */
	readonly signer?: VaultAccess;
	readonly now: Date;
}

/** What became of a proposal. */
export type ReviewOutcome = "none waits" | "passed" | "to be accepted" | "refused" | "not planned";

/**
 * Reads the documents of a proposal as data, plans those stacks that differ from the base or are told of what differs
 * beside Terraform, and keeps the review as the
 * comment of the pull request. What its code did not build, or what is not planned with rights, is told there as well.
 */
export async function reviewProposal(
	folder: string,
	{ app, forge, signer, now }: ReviewProposalOptions,
): Promise<ReviewOutcome> {
	const proposal = readProposal(folder);
	if (proposal === undefined) return "none waits";
	const base = app.check().documents;
	const read = readWorld(folder, base);
	if (typeof read === "string") {
		await refuse(forge, app.site.name, proposal, read);
		return "refused";
	}
	await announce(forge, app.site.name, proposal);
	const beside = { before: besideTerraform(app.site), after: read.beside };
	const parts = changedParts(beside.before, beside.after);
	const told = stacksToldOf(Object.keys(parts));
	const all = read.documents;
	const changed = all.filter((document) => differs(document, base) || told.has(document.stack));
	const { stacks, exact, failed } = await reviewStacks(await openDocuments(app, { all, changed, beside }));
	const review = {
		site: app.site.name,
		revision: proposal.commit,
		plannedAt: now.toISOString(),
		stacks,
	};
	const { open, problems } = await postReview(
		{ review, exact, failed, beside: parts },
		{ forge, number: proposal.number, now, mark: markOf(proposal), ...(signer && { signer }) },
	);
	if (failed) return "not planned";
	return open.length > 0 || problems.length > 0 ? "to be accepted" : "passed";
}

/** What the code of a proposal has rendered. */
interface Rendered {
	readonly documents: readonly StackDocument[];
	readonly beside: Beside;
}

/** @returns why there is nothing, as text */
function readWorld(folder: string, base: readonly StackDocument[]): Rendered | string {
	const { documents, beside, failure } = proposalPaths(folder);
	if (existsSync(failure)) return readFileSync(failure, "utf8");
	try {
		return { documents: readDocuments(join(documents, "stacks"), base), beside: readBeside(beside) };
	} catch (error) {
		if (error instanceof UsageError)
			return [error.message, ...(error.hint === undefined ? [] : [error.hint])].join("\n\n");
		// Only files of the proposal were read: whatever they do to their reader, others do not wait for it.
		return `the documents cannot be read: ${error}`;
	}
}

function differs({ stack, json }: StackDocument, base: readonly StackDocument[]): boolean {
	const before = base.find((document) => document.stack === stack);
	return before === undefined || !isDeepStrictEqual(plain(before.json), plain(json));
}

/** A document as it is read from a file: without what is undefined. */
function plain(json: StackDocument["json"]): unknown {
	return JSON.parse(JSON.stringify(json));
}

/**
 * Says that it is being planned, with the mark of what was planned: documents that break a plan, or keep it from ending,
 * must not be planned again and again while others wait.
 */
async function announce(forge: Forge, site: string, proposal: Proposal): Promise<void> {
	const body = `${commentMarker(site)}\n**being planned**: if this stays, the run was cut off; a change of the description asks for another\n\n${markOf(proposal)}`;
	await keepComment(forge, proposal.number, body);
}

async function refuse(forge: Forge, site: string, proposal: Proposal, why: string): Promise<void> {
	const lines = why.split("\n").slice(0, 60);
	const body = `${commentMarker(site)}\n**not planned**: its code was not built, or its documents were refused\n\n${codeBlock(lines)}\n\n${markOf(proposal)}`;
	await keepComment(forge, proposal.number, body);
	await forge.setStatus(proposal.commit, {
		context: statusContext,
		state: "failure",
		description: "not planned: see the comment",
	});
}

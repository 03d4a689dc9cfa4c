import type { Forge } from "../../clients/forge/forge.ts";
import { keepComment } from "../../clients/forge/standing-comment.ts";
import type { VaultAccess } from "../../clients/vault/ask-vault.ts";
import { reviewKey } from "../../constructs/vault/transit-engine.ts";
import { type Accepted, judge, type Verdict } from "../../review/acceptance.ts";
import { besideParts } from "../../review/beside-parts.ts";
import type { ExactChange } from "../../review/record.ts";
import { renderAcceptances } from "../../review/report/acceptances.ts";
import { renderMarkdown } from "../../review/report/markdown.ts";
import { describeCounts, findingsOf, type Review } from "../../review/report/review.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import type { Beside } from "../../world/world.ts";
import { dayOf } from "./reviewed-deployment.ts";
import { signReview } from "./signed-review.ts";

/** Name of the status of a commit that says how its review ended. */
export const statusContext = "infra/review";

/** GitHub takes no longer description of a status. */
const longestDescription = 140;

/** Days for which a review may be deployed, unless an acceptance ends before. */
const validFor = 30;

export interface ReviewToPost {
	readonly review: Review;
	/** What each stack's plan does, for the signature; a stack that could not be planned has none. */
	readonly exact: ReadonlyMap<string, readonly ExactChange[]>;
	/** Whether a stack could not be planned. */
	readonly failed: boolean;
	/** Parts beside Terraform that change, as they will be. */
	readonly beside: Beside;
}

export interface PostOptions {
	readonly forge: Forge;
	/** Number of the pull request. */
	readonly number: number;
	/** What the comment ends with, in a line that nobody sees. @default nothing */
	readonly mark?: string;
	/** Who signs the review; nobody does unless it is given. */
	readonly signer?: VaultAccess;
	readonly now: Date;
}

/**
 * Posts a review to its pull request: one comment, edited in place, and the status of its commit. It is signed when
 * every stack was planned and nothing is left to be accepted.
 *
 * @returns what is left to be accepted, and what is wrong with the lines of the description
 * @throws UsageError when what was planned is not the head of the pull request
 */
export async function postReview(
	{ review, exact, failed, beside }: ReviewToPost,
	{ forge, number, signer, now, mark = "" }: PostOptions,
): Promise<Verdict<Accepted>> {
	const { body, head } = await forge.pullRequest(number);
	if (review.revision !== head)
		throw new UsageError(
			`pull request ${number} is at ${head}, and what was planned is ${review.revision ?? "no revision"}`,
			"check out the head of the pull request, without changes of your own",
		);
	const today = dayOf(now);
	const blocking = findingsOf(review.stacks).filter(({ blocks }) => blocks);
	const verdict = judge<Accepted>(blocking, body, today);
	const passed = !failed && verdict.open.length === 0 && verdict.problems.length === 0;
	const seal =
		passed && signer
			? `<!-- ${await seals(signer, { review, exact, beside, verdict, now, commit: head })} -->\n`
			: "";
	await keepComment(
		forge,
		number,
		renderMarkdown(review, { footer: `${renderAcceptances(verdict)}\n${seal}${mark}` }),
	);
	await forge.setStatus(head, {
		context: statusContext,
		state: failed ? "error" : passed ? "success" : "failure",
		description: describe(review, verdict, failed),
	});
	return verdict;
}

async function seals(
	signer: VaultAccess,
	{
		review,
		exact,
		beside,
		verdict,
		now,
		commit,
	}: Pick<ReviewToPost, "review" | "exact" | "beside"> & {
		readonly verdict: Verdict<Accepted>;
		readonly now: Date;
		readonly commit: string;
	},
): Promise<string> {
	const latest = dayOf(new Date(now.getTime() + validFor * 24 * 3_600_000));
	const [until = latest] = [latest, ...verdict.accepted.map((one) => one.until)].sort();
	const reviewed = new Set<string | undefined>(review.stacks.map(({ summary: { stack } }) => stack));
	return signReview(signer, reviewKey, {
		commit,
		until,
		// What no reviewed stack is told of, the review has not shown.
		beside: Object.fromEntries(
			Object.entries(beside).filter(([part]) => reviewed.has(besideParts[part]?.stack)),
		),
		reviews: review.stacks.map(({ summary: { stack } }) => ({
			stack,
			changes: exact.get(stack) ?? [],
			accepted: verdict.accepted.filter((one) => one.stack === stack).map(({ address }) => address),
		})),
	});
}

function describe({ stacks }: Review, { open, problems }: Verdict<Accepted>, failed: boolean): string {
	const text = [
		...(failed ? ["a stack could not be planned"] : []),
		...(open.length > 0 ? [`${open.length} to be accepted`] : []),
		...(problems.length > 0 ? [`${problems.length} wrong in the description`] : []),
		describeCounts(stacks),
	].join("; ");
	return text.length <= longestDescription ? text : `${text.slice(0, longestDescription - 1)}…`;
}

import { access, readFile } from "node:fs/promises";
import { forgeOf } from "../../clients/forge/access.ts";
import { vaultAccess } from "../../clients/vault/access.ts";
import type { VaultAccess } from "../../clients/vault/ask-vault.ts";
import type { Site } from "../../config/schema/site.ts";
import { reviewKey } from "../../constructs/vault/transit-engine.ts";
import type { StackPlan } from "../../engine/plan/plan-stack.ts";
import type { Departure, ReviewRecord } from "../../review/record.ts";
import { foreignText } from "../../terminal/foreign-text.ts";
import { print } from "../../terminal/output.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { plural } from "../../world/plural.ts";
import type { Beside } from "../../world/world.ts";
import { compareWithReview, findReview, isReviewedPart } from "./signed-review.ts";

const meaning: Readonly<Record<Departure["how"], string>> = {
	new: "was not in the review",
	other: "is another change than the one that was reviewed",
	missing: "was reviewed, and is no longer to be changed",
};

/** A signed review, against which plans are held before they are applied. */
export class ReviewedDeployment {
	readonly record: ReviewRecord;
	readonly #vault: VaultAccess;

	private constructor(record: ReviewRecord, vault: VaultAccess) {
		this.record = record;
		this.#vault = vault;
	}

	/**
	 * @param source number of a pull request with the review in a comment, or the path of a file
	 * @throws VisibleError when there is no review that the site's Vault has signed, or when its last day is over
	 */
	static async from(
		source: string,
		{ site, forgeToken }: { readonly site: Pick<Site, "vault" | "woodpecker">; readonly forgeToken?: string },
	): Promise<ReviewedDeployment> {
		const vault = await vaultAccess(site);
		const text = await textOf(source, () => forgeOf(site, forgeToken));
		return new ReviewedDeployment(await findReview(vault, reviewKey, text, dayOf(new Date())), vault);
	}

	/** Addresses of a stack whose loss was accepted. */
	acceptedOf(stack: string): readonly string[] {
		return this.#reviewOf(stack).accepted;
	}

	/** @throws UsageError when a plan is not what was reviewed, with how it differs */
	async require({ summary: { stack, changes }, exact, live }: StackPlan): Promise<void> {
		const differences = await compareWithReview(this.#vault, reviewKey, this.#reviewOf(stack), {
			stack,
			changes: exact,
		});
		if (differences === undefined) return;
		// A deploy that was cut off has done some of it; what is left is exactly what was reviewed.
		const takenUp = changes.filter(
			({ action, address }) => action === "import" && live?.begun?.takenUp.includes(address),
		);
		const made = new Set(takenUp.map(({ address }) => address));
		const isDone = ({ how, address }: Departure) =>
			how === "missing" || (how === "other" && made.has(address));
		if (differences.length > 0 && differences.every(isDone)) {
			print(`stack ${stack}: ${plural(differences.length, "reviewed change")} done already`);
			return;
		}
		throw new UsageError(
			[
				`stack ${stack}: this is not what was reviewed at ${this.record.commit}, nothing was applied`,
				...differences.map(({ address, how }) => `  ${foreignText(address)}  ${meaning[how]}`),
			].join("\n"),
			"review the change again, as it is now",
		);
	}

	/** @throws UsageError when a part beside Terraform is not what was reviewed */
	async requirePart(part: string, texts: Beside[string]): Promise<void> {
		if (await isReviewedPart(this.#vault, reviewKey, this.record, { part, texts })) return;
		const { commit, beside = {} } = this.record;
		throw new UsageError(
			Object.hasOwn(beside, part)
				? `${part}: this is not what was reviewed at ${commit}, nothing was changed`
				: `${part}: the review of ${commit} is of no change of it, nothing was changed`,
			"look at what differs, and bring it about by hand: an earlier merge, or somebody there, has left it",
		);
	}

	#reviewOf(stack: string) {
		const { stacks, commit } = this.record;
		const review = Object.hasOwn(stacks, stack) ? stacks[stack] : undefined;
		if (review === undefined)
			throw new UsageError(
				`stack ${stack} is not in the review of ${commit}`,
				`name only what was reviewed: ${Object.keys(stacks).join(", ") || "nothing"}`,
			);
		return review;
	}
}

/** Day of a time in UTC: `2026-12-31`. */
export function dayOf(time: Date): string {
	return time.toISOString().slice(0, 10);
}

async function textOf(source: string, forge: () => ReturnType<typeof forgeOf>): Promise<string> {
	if (/^[1-9]\d*$/.test(source)) {
		const comments = await forge().comments(Number(source));
		return comments.map(({ body }) => body).join("\n");
	}
	try {
		await access(source);
	} catch {
		throw new UsageError(`${source} is neither the number of a pull request nor a file`, "--reviewed 42");
	}
	return readFile(source, "utf8");
}

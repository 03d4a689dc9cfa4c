import type { VaultAccess } from "../../clients/vault/ask-vault.ts";
import { checkKeyedHashes, keyedHashes, type TransitKey } from "../../clients/vault/keyed-hash.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import {
	canonical,
	type Departure,
	departures,
	digestOf,
	type ExactChange,
	type ReviewedStack,
	type ReviewRecord,
} from "../../review/record.ts";
import type { Beside } from "../../world/world.ts";

/** What was reviewed of a stack: its changes, and what was accepted of them. */
export interface ChangesToSign {
	readonly stack: string;
	readonly changes: readonly ExactChange[];
	readonly accepted: readonly string[];
}

/** The most changes whose hashes are published one by one; beyond, only that a stack differs can be told. */
const mostPublished = 50;

const prefix = "infra-review-1.";

/**
 * Signs what was reviewed, by the key of Vault.
 *
 * @returns one line of letters, digits and `.-_`, which holds no value of any change
 */
export async function signReview(
	access: VaultAccess,
	key: TransitKey,
	{
		commit,
		until,
		reviews,
		beside = {},
	}: Pick<ReviewRecord, "commit" | "until"> & {
		readonly reviews: readonly ChangesToSign[];
		/** Parts that change, as they will be. */
		readonly beside?: Beside;
	},
): Promise<string> {
	const all = reviews.flatMap(({ changes }) => changes);
	const published = all.length <= mostPublished ? all : [];
	const parts = Object.entries(beside);
	const hashes = await keyedHashes(access, key, [
		...parts.map(([part, texts]) => textOfPart(part, texts)),
		...reviews.map(textOfStack),
		...published.map(canonical),
	]);
	const hashesOfParts = hashes.splice(0, parts.length);
	const hashOf = new Map(published.map((change, at) => [change, hashes[reviews.length + at] ?? ""]));
	const record: ReviewRecord = {
		version: 1,
		commit,
		until,
		stacks: Object.fromEntries(
			reviews.map(({ stack, changes, accepted }, at): [string, ReviewedStack] => [
				stack,
				{
					hash: hashes[at] ?? "",
					accepted,
					...(published.length === all.length && {
						changes: Object.fromEntries(changes.map((change) => [change.address, hashOf.get(change) ?? ""])),
					}),
				},
			]),
		),
		...(parts.length > 0 && {
			beside: Object.fromEntries(parts.map(([part], at) => [part, hashesOfParts[at] ?? ""])),
		}),
	};
	const [signature = ""] = await keyedHashes(access, key, [canonical(record)]);
	return prefix + Buffer.from(JSON.stringify({ record, signature })).toString("base64url");
}

/**
 * Finds the newest review in a text, such as the comments of a pull request, that the key of Vault has signed. What
 * anybody else has written there is passed over.
 *
 * @param today in UTC: `2026-12-31`
 * @throws VisibleError when there is none, or when its last day is over
 */
export async function findReview(
	access: VaultAccess,
	key: TransitKey,
	text: string,
	today: string,
): Promise<ReviewRecord> {
	const candidates = [...text.matchAll(/infra-review-1\.[\w-]+/g)].flatMap(([line]) => decode(line));
	const valid = await checkKeyedHashes(
		access,
		key,
		candidates.map(({ record, signature }) => ({ text: canonical(record), hash: signature })),
	);
	const signed = candidates.filter((_, at) => valid[at]).map(({ record }) => record);
	const review = signed.at(-1);
	if (review === undefined)
		throw new VisibleError(
			candidates.length === 0
				? "there is no signed review; review the change with `infra review --sign`"
				: "none of the reviews is signed by the key of Vault; review the change again",
		);
	if (review.until < today)
		throw new VisibleError(
			`the review of ${review.commit} ended on ${review.until}; review the change again`,
		);
	return review;
}

/**
 * Compares what is planned for a stack now with what was reviewed.
 *
 * @returns nothing when they are the same; otherwise what differs, empty when that cannot be told one by one
 */
export async function compareWithReview(
	access: VaultAccess,
	key: TransitKey,
	reviewed: ReviewedStack,
	{ stack, changes }: Pick<ChangesToSign, "stack" | "changes">,
): Promise<readonly Departure[] | undefined> {
	const pairs = changes.flatMap((change) => {
		const hash = reviewed.changes?.[change.address];
		return hash === undefined ? [] : [{ address: change.address, text: canonical(change), hash }];
	});
	const whole = { text: textOfStack({ stack, changes }), hash: reviewed.hash };
	const [same, ...each] = await checkKeyedHashes(access, key, [whole, ...pairs]);
	if (same) return undefined;
	if (reviewed.changes === undefined) return [];
	const valid = new Set(pairs.filter((_, at) => each[at]).map(({ address }) => address));
	return departures(
		reviewed,
		changes.map(({ address }) => address),
		valid,
	);
}

/** Whether a part beside Terraform is what a review was of. */
export async function isReviewedPart(
	access: VaultAccess,
	key: TransitKey,
	{ beside = {} }: Pick<ReviewRecord, "beside">,
	{ part, texts }: { readonly part: string; readonly texts: Beside[string] },
): Promise<boolean> {
	const hash = Object.hasOwn(beside, part) ? beside[part] : undefined;
	if (hash === undefined) return false;
	const [same] = await checkKeyedHashes(access, key, [{ text: textOfPart(part, texts), hash }]);
	return same === true;
}

function textOfPart(part: string, texts: Beside[string]): string {
	return canonical({ beside: part, digest: digestOf(texts) });
}

function textOfStack({ stack, changes }: Pick<ChangesToSign, "stack" | "changes">): string {
	return canonical({ stack, changes });
}

/** What a line says, signed by whomever; nothing when it cannot be read. */
function decode(line: string): { readonly record: ReviewRecord; readonly signature: string }[] {
	try {
		const { record, signature } = JSON.parse(
			Buffer.from(line.slice(prefix.length), "base64url").toString("utf8"),
		);
		return typeof record === "object" && record !== null && typeof signature === "string"
			? [{ record, signature }]
			: [];
	} catch {
		return [];
	}
}

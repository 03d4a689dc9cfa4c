import { VisibleError } from "../../config/schema/visible-error.ts";
import { askVault, type VaultAccess } from "./ask-vault.ts";

/** Servers refuse a request with more than 1,000 strings in its JSON, keys included (OpenBao 2.6). */
const batchSize = 200;

/** A key of the transit engine that makes keyed hashes (HMAC-SHA-256) and never leaves Vault. */
export interface TransitKey {
	/** Mount of the engine, such as `transit`. */
	readonly mount: string;
	readonly name: string;
}

/**
 * Keyed hashes of texts, in their order, each like `vault:v1:4pQ…`: whoever does not have the key can neither make one
 * nor guess the text of one.
 *
 * @throws as askVault; the policy of the token must allow `update` on `MOUNT/hmac/NAME`
 */
export async function keyedHashes(
	access: VaultAccess,
	{ mount, name }: TransitKey,
	texts: readonly string[],
): Promise<string[]> {
	const hashes: string[] = [];
	for (let at = 0; at < texts.length; at += batchSize) {
		const batch = texts.slice(at, at + batchSize);
		const { data } = await askVault(access, {
			method: "POST",
			path: [mount, "hmac", name, "sha2-256"],
			body: { batch_input: batch.map((text) => ({ input: Buffer.from(text).toString("base64") })) },
			within: 30_000,
		});
		const results = (data as { batch_results?: { hmac?: unknown }[] } | undefined)?.batch_results ?? [];
		const made = results.map(({ hmac }) => hmac).filter((hmac) => typeof hmac === "string");
		if (made.length !== batch.length)
			throw new VisibleError(`${mount}/hmac/${name} of Vault made ${made.length} of ${batch.length} hashes`);
		hashes.push(...made);
	}
	return hashes;
}

/** A text with a keyed hash of it that is to be checked. */
export interface HashedText {
	readonly text: string;
	readonly hash: string;
}

/**
 * Which keyed hashes Vault has made of their texts, with this or an earlier version of the key. What is no keyed hash at
 * all is none of them.
 *
 * @throws as askVault; the policy of the token must allow `update` on `MOUNT/verify/NAME/*`
 */
export async function checkKeyedHashes(
	access: VaultAccess,
	{ mount, name }: TransitKey,
	pairs: readonly HashedText[],
): Promise<boolean[]> {
	const valid: boolean[] = [];
	for (let at = 0; at < pairs.length; at += batchSize) {
		const batch = pairs.slice(at, at + batchSize);
		const { data } = await askVault(access, {
			method: "POST",
			path: [mount, "verify", name, "sha2-256"],
			body: {
				batch_input: batch.map(({ text, hash }) => ({
					input: Buffer.from(text).toString("base64"),
					hmac: shape.test(hash) ? hash : noHash,
				})),
			},
			within: 30_000,
		});
		const results = (data as { batch_results?: { valid?: unknown }[] } | undefined)?.batch_results ?? [];
		valid.push(...batch.map((_, index) => results[index]?.valid === true));
	}
	return valid;
}

/** Vault refuses a whole batch for one hash of another shape. */
const shape = /^vault:v\d{1,4}:[A-Za-z0-9+/]{43}=$/;
const noHash = `vault:v1:${"A".repeat(43)}=`;

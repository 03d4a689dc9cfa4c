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
	key: TransitKey,
	texts: readonly string[],
): Promise<string[]> {
	const results = await inBatches(access, key, { operation: "hmac", inputs: texts.map(inputOf) });
	const made = results.map((result) => result?.hmac).filter((hmac) => typeof hmac === "string");
	if (made.length !== texts.length)
		throw new VisibleError(
			`${key.mount}/hmac/${key.name} of Vault made ${made.length} of ${texts.length} hashes`,
		);
	return made;
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
	key: TransitKey,
	pairs: readonly HashedText[],
): Promise<boolean[]> {
	const inputs = pairs.map(({ text, hash }) => ({
		...inputOf(text),
		hmac: shape.test(hash) ? hash : noHash,
	}));
	const results = await inBatches(access, key, { operation: "verify", inputs });
	return results.map((result) => result?.valid === true);
}

/** Vault refuses a whole batch for one hash of another shape. */
const shape = /^vault:v\d{1,4}:[A-Za-z0-9+/]{43}=$/;
const noHash = `vault:v1:${"A".repeat(43)}=`;

function inputOf(text: string) {
	return { input: Buffer.from(text).toString("base64") };
}

/** What Vault answers to each input of an operation; undefined where it says nothing. */
async function inBatches(
	access: VaultAccess,
	{ mount, name }: TransitKey,
	{ operation, inputs }: { readonly operation: string; readonly inputs: readonly object[] },
): Promise<(Readonly<Record<string, unknown>> | undefined)[]> {
	const results = [];
	for (let at = 0; at < inputs.length; at += batchSize) {
		const batch = inputs.slice(at, at + batchSize);
		const { data } = await askVault(access, {
			method: "POST",
			path: [mount, operation, name, "sha2-256"],
			body: { batch_input: batch },
			within: 30_000,
		});
		const said = (data as { batch_results?: Readonly<Record<string, unknown>>[] } | undefined)?.batch_results;
		results.push(...batch.map((_, index) => said?.[index]));
	}
	return results;
}

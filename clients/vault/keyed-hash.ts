import { VisibleError } from "../../config/schema/visible-error.ts";
import { askVault, type VaultAccess } from "./ask-vault.ts";

/** Servers refuse a request with more than 1,000 strings in its JSON, keys included (OpenBao 2.6). */
const batchSize = 250;

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

/**
 * Whether Vault has made a keyed hash of a text, with this or an earlier version of the key.
 *
 * @throws as askVault; the policy of the token must allow `update` on `MOUNT/verify/NAME`
 */
export async function isKeyedHash(
	access: VaultAccess,
	{ mount, name }: TransitKey,
	text: string,
	hmac: string,
): Promise<boolean> {
	const { data } = await askVault(access, {
		method: "POST",
		path: [mount, "verify", name, "sha2-256"],
		body: { input: Buffer.from(text).toString("base64"), hmac },
	});
	return (data as { valid?: unknown } | undefined)?.valid === true;
}

import { VisibleError } from "../../config/schema/visible-error.ts";
import { exchange, jsonObject } from "../http/exchange.ts";
import type { VaultAccess } from "./ask-vault.ts";
import { VaultRefusal } from "./refusal.ts";
import { vaultUrl } from "./vault-url.ts";

/** Whether a server is initialised and sealed (`GET /v1/sys/seal-status`). */
export interface SealStatus {
	readonly initialized: boolean;
	readonly sealed: boolean;
}

/** What a server says when it is initialised, once and never again. */
export interface NewVault {
	/** Key shares; all of them unseal it. */
	readonly keys: readonly string[];
	readonly rootToken: string;
}

/** Asked without a login. @throws VisibleError when nothing answers, or something that is no Vault */
export async function sealStatus(address: string): Promise<SealStatus> {
	const { initialized, sealed } = await ask(address, "GET", ["sys", "seal-status"]);
	if (typeof initialized !== "boolean" || typeof sealed !== "boolean")
		throw new VisibleError(`${address}: what answers is no Vault`);
	return { initialized, sealed };
}

/** Initialises a server with one key share. @throws VaultRefusal when it is initialised already */
export async function initialiseVault(address: string): Promise<NewVault> {
	const answer = await ask(address, "PUT", ["sys", "init"], { secret_shares: 1, secret_threshold: 1 });
	const { keys_base64: keys, root_token: rootToken } = answer;
	if (!Array.isArray(keys) || typeof rootToken !== "string")
		throw new VisibleError(`${address}: the server does not say its key share`);
	return { keys: keys.map(String), rootToken };
}

/** Sends one key share. @returns whether it is still sealed. @throws VaultRefusal for a key of another Vault */
export async function unsealVault(address: string, key: string): Promise<boolean> {
	return (await ask(address, "PUT", ["sys", "unseal"], { key })).sealed === true;
}

/**
 * Makes a root token by the key shares alone (`sys/generate-root`).
 *
 * @throws VaultRefusal where the server does not allow that without a login
 */
export async function generateRoot(address: string, keys: readonly string[]): Promise<string> {
	const path = ["sys", "generate-root", "attempt"];
	// One that somebody has begun and not ended would take the keys.
	await ask(address, "DELETE", path);
	const { nonce, otp } = await ask(address, "PUT", path, {});
	for (const key of keys) {
		const answer = await ask(address, "PUT", ["sys", "generate-root", "update"], { key, nonce });
		if (answer.complete === true) return unmasked(String(answer.encoded_token), String(otp));
	}
	throw new VisibleError(`${address}: the key shares do not make a root token`);
}

/**
 * Puts a snapshot in the place of the store (`sys/storage/raft/snapshot-force`), whatever key it was made with. The
 * server seals itself, and is opened by that key.
 *
 * @throws VisibleError when it is refused
 */
export async function restoreSnapshot(access: VaultAccess, snapshot: Uint8Array<ArrayBuffer>): Promise<void> {
	const url = vaultUrl(access.address, "sys", "storage", "raft", "snapshot-force");
	const shown = `POST ${url}`;
	const { status, text } = await exchange({
		url,
		method: "POST",
		shown,
		headers: { "X-Vault-Token": access.token, "content-type": "application/gzip" },
		body: snapshot,
		within: 300_000,
	});
	if (status >= 300) throw new VaultRefusal(shown, { status, body: jsonObject(text), token: access.token });
}

/** The token is masked by a one-time password of its length (XOR). */
function unmasked(encoded: string, otp: string): string {
	const bytes = Buffer.from(encoded, "base64");
	return Buffer.from(bytes.map((byte, index) => byte ^ otp.charCodeAt(index))).toString("utf8");
}

async function ask(
	address: string,
	method: string,
	path: readonly string[],
	body?: object,
): Promise<Readonly<Record<string, unknown>>> {
	const url = vaultUrl(address, ...path);
	const shown = `${method} ${url}`;
	const answer = await exchange({
		url,
		method,
		shown,
		headers: { "content-type": "application/json" },
		...(body && { body: JSON.stringify(body) }),
		// A Raft store syncs every step to the disk.
		within: 30_000,
	});
	const object = jsonObject(answer.text);
	if (answer.status >= 300)
		// No token is sent: nothing of the answer has to be hidden.
		throw new VaultRefusal(shown, { status: answer.status, body: object, token: "<token>" });
	return object ?? {};
}

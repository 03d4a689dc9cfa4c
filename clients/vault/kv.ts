import { VisibleError } from "../../config/schema/visible-error.ts";
import { askVault, type VaultAccess, type VaultAnswer, type VaultRequest } from "./ask-vault.ts";
import { VaultRefusal } from "./refusal.ts";
import { vaultUrl } from "./vault-url.ts";

/** An entry of Vault's KV version 2 engine. */
export interface KvEntry {
	readonly data: Readonly<Record<string, unknown>>;
	/** Number of the version, increased by every write; a conditional write names the one that was read. */
	readonly version: number;
}

export interface KvAddress extends VaultAccess {
	readonly mount: string;
	/** Path below the mount. */
	readonly path: string;
}

/** The entry was written since it was read. */
export class KvConflict extends VisibleError {
	override readonly name = "KvConflict";
}

/**
 * Reads the newest version of an entry (`GET /v1/<mount>/data/<path>`).
 *
 * @throws VisibleError when Vault cannot be reached, refuses, or answers anything but an entry
 */
export async function readKv(at: KvAddress): Promise<KvEntry> {
	const body = await askVault(at, { path: dataPath(at) });
	const { data, metadata } = (body.data ?? {}) as { data?: unknown; metadata?: { version?: unknown } };
	if (typeof data !== "object" || data === null || typeof metadata?.version !== "number")
		throw new VisibleError(`${urlOf(at)} answers with something that is no entry of KV version 2`);
	return { data: data as KvEntry["data"], version: metadata.version };
}

/**
 * Reads the newest version of an entry that may not be there.
 *
 * @returns undefined when there is no such entry; without data when its newest version is deleted
 * @throws as `readKv`
 */
export async function findKv(
	at: KvAddress,
): Promise<(Partial<KvEntry> & Pick<KvEntry, "version">) | undefined> {
	try {
		return await readKv(at);
	} catch (error) {
		if (!(error instanceof VaultRefusal) || error.status !== 404) throw error;
		const { metadata } = (error.data ?? {}) as { metadata?: { version?: unknown } };
		if (typeof metadata?.version === "number") return { version: metadata.version };
		if (error.absent) return undefined;
		throw error;
	}
}

/**
 * Writes a whole entry, and only if it still has that version; 0 when there must be none.
 *
 * @returns the version that it has now
 * @throws KvConflict when the version is another one; VisibleError as for reading
 */
export async function putKv(
	at: KvAddress,
	data: Readonly<Record<string, unknown>>,
	cas: number,
): Promise<number> {
	const body = await conditionally(at, { method: "POST", body: { options: { cas }, data } });
	const { version } = (body.data ?? {}) as { version?: unknown };
	if (typeof version !== "number")
		throw new VisibleError(`${urlOf(at)} answers with something that is no entry of KV version 2`);
	return version;
}

/**
 * Changes single keys of an entry, and only if it still has the version that was read
 * (`PATCH /v1/<mount>/data/<path>` with `cas`). All other keys stay as they are.
 *
 * @throws KvConflict when the version is another one; VisibleError as for reading
 */
export async function patchKv(
	at: KvAddress,
	data: Readonly<Record<string, string>>,
	cas: number,
): Promise<void> {
	await conditionally(at, { method: "PATCH", body: { options: { cas }, data } });
}

async function conditionally(at: KvAddress, request: Omit<VaultRequest, "path">): Promise<VaultAnswer> {
	try {
		return await askVault(at, { ...request, path: dataPath(at) });
	} catch (error) {
		const conflict =
			error instanceof VaultRefusal &&
			error.errors.some((words) => words.includes("check-and-set parameter did not match"));
		throw conflict ? new KvConflict(`${urlOf(at)} has been changed`) : error;
	}
}

const urlOf = (at: KvAddress) => vaultUrl(at.address, ...dataPath(at));

const dataPath = ({ mount, path }: KvAddress) => [mount, "data", ...path.split("/")];

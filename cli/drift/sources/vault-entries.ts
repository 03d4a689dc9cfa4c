import { askVault, type VaultAccess } from "../../../clients/vault/ask-vault.ts";
import { VaultRefusal } from "../../../clients/vault/refusal.ts";
import { VisibleError } from "../../../config/schema/visible-error.ts";
import { pooled } from "../../../terminal/pool.ts";
import type { VaultEntry } from "../../../world/vault-entries.ts";
import type { DriftedObject } from "../stack-drift.ts";

/** Concurrent questions to Vault. */
const atOnce = 4;

/**
 * Entries, and keys of entries, that blocks read and that are not there. Only the names of keys are asked for
 * (`subkeys` of the KV engine, version 2): no secret leaves Vault.
 */
export async function missingEntries(access: VaultAccess, mount: string, entries: readonly VaultEntry[]) {
	const byPath = Map.groupBy(entries, ({ path }) => path);
	const looks = pooled(atOnce, [...byPath], ([path, readers]) => look(access, mount, path, readers));
	const [drifted, errors]: [DriftedObject[], string[]] = [[], []];
	for (const result of await Promise.all(looks))
		if (result.status === "fulfilled") drifted.push(...result.value);
		else if (result.reason instanceof VisibleError) errors.push(result.reason.message);
		else throw result.reason;
	return { drifted, errors };
}

async function look(access: VaultAccess, mount: string, path: string, readers: readonly VaultEntry[]) {
	const address = `vault ${mount}/${path}`;
	const found = await subkeysOf(access, mount, path);
	if (found === undefined || found.keys === undefined) {
		const deleted = found?.deleted === undefined ? {} : { since: found.deleted };
		return [
			{
				...missing(address, readers),
				...deleted,
				what: deleted.since === undefined ? "missing" : "deleted",
			} as const,
		];
	}
	const keys = new Set(found.keys);
	const lacking = Map.groupBy(
		readers.filter(({ key }) => key !== undefined && !keys.has(key)),
		({ key = "" }) => key,
	);
	return [...lacking].map(([key, users]) => missing(`${address}, key ${key}`, users));
}

function missing(address: string, readers: readonly VaultEntry[]): DriftedObject {
	return {
		what: "missing",
		address,
		risk: "caution",
		arguments: [],
		consequences: [...new Set(readers.map(({ resource }) => resource.path))].map(
			(path) => `${path} reads it`,
		),
	};
}

interface Subkeys {
	/** Absent when the newest version is deleted. */
	readonly keys?: readonly string[];
	/** When it was deleted. */
	readonly deleted?: string;
}

async function subkeysOf(access: VaultAccess, mount: string, path: string): Promise<Subkeys | undefined> {
	const answer = await askVault(access, { path: [mount, "subkeys", ...path.split("/")] }).catch(absent);
	const data = answer.data as
		| { readonly subkeys?: object | null; readonly metadata?: { readonly deletion_time?: string } }
		| undefined;
	if (data === undefined) return undefined;
	const deleted = data.metadata?.deletion_time || undefined;
	if (data.subkeys) return { keys: Object.keys(data.subkeys) };
	return deleted === undefined ? {} : { deleted };
}

/** Vault answers 404 for what was never there, and with its metadata for what is deleted. */
function absent(error: unknown): { readonly data: unknown } {
	if (error instanceof VaultRefusal && error.absent) return { data: error.data };
	throw error;
}

import { setTimeout as sleep } from "node:timers/promises";
import { askVault, findInVault, type VaultAccess } from "../../clients/vault/ask-vault.ts";
import { findKv, putKv } from "../../clients/vault/kv.ts";
import { VaultRefusal } from "../../clients/vault/refusal.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { type Entries, merged } from "./entries.ts";
import type { NeededEntry } from "./needed-entries.ts";

/** Mount of the KV engine and who writes to it. */
export interface KvEngine extends VaultAccess {
	readonly mount: string;
}

/** Whether the KV engine is mounted. @throws VisibleError when another engine is */
export async function isMounted(kv: KvEngine): Promise<boolean> {
	const { [`${kv.mount}/`]: found } = (await askVault(kv, { path: ["sys", "mounts"] })) as Readonly<
		Record<string, { readonly type: string; readonly options?: { readonly version?: string } | null }>
	>;
	if (found === undefined) return false;
	if (found.type === "kv" && found.options?.version === "2") return true;
	throw new VisibleError(
		`Vault has an engine ${found.type} at ${kv.mount}, and the stacks read a KV engine of version 2 there: look at what it holds, and move it (vault secrets move)`,
	);
}

export async function mountKv(kv: KvEngine): Promise<void> {
	await askVault(kv, {
		method: "POST",
		path: ["sys", "mounts", kv.mount],
		body: { type: "kv", options: { version: "2" } },
	});
	// A new engine answers with 400 while it prepares itself.
	for (let attempt = 0; attempt < 100; attempt += 1)
		try {
			await findInVault(kv, { path: [kv.mount, "config"] });
			return;
		} catch (error) {
			if (!(error instanceof VaultRefusal) || error.status !== 400) throw error;
			await sleep(100);
		}
}

/** What the entries hold that are needed. */
export async function entriesIn(kv: KvEngine, needed: readonly NeededEntry[]): Promise<Entries> {
	const found = await Promise.all(
		needed.map(async ({ path }) => [path, (await read(kv, path)).data ?? {}] as const),
	);
	return Object.fromEntries(found.filter(([, data]) => Object.keys(data).length > 0));
}

/** Whether every entry has its keys, and the version that a stack asks for. */
export async function areWritten(kv: KvEngine, needed: readonly NeededEntry[]): Promise<boolean> {
	const states = await Promise.all(
		needed.map(async ({ path, keys, version }) => {
			const entry = await read(kv, path);
			const { data } = entry;
			return data !== undefined && entry.version >= version && keys.every((key) => data[key]);
		}),
	);
	return states.every(Boolean);
}

/**
 * Adds to the entries what they lack; what one has is kept. An entry is written as often as it takes to have the version
 * that a stack asks for.
 */
export async function writeEntries(
	kv: KvEngine,
	needed: readonly NeededEntry[],
	values: Entries,
): Promise<void> {
	for (const { path, keys, version } of needed)
		for (;;) {
			const entry = await read(kv, path);
			const before = entry.data ?? {};
			const lacks = keys.some((key) => !before[key]) || entry.data === undefined;
			if (!lacks && entry.version >= version) break;
			const data = merged({ [path]: values[path] ?? {} }, { [path]: filled(before) })[path] ?? {};
			await putKv({ ...kv, path }, data, entry.version);
		}
}

/** Keys without a value count as missing. */
const filled = (data: Readonly<Record<string, string>>) =>
	Object.fromEntries(Object.entries(data).filter(([, value]) => value !== ""));

/** Without data where there is no entry, or its newest version is deleted; of none, the version is 0. */
async function read(kv: KvEngine, path: string) {
	const { data, version = 0 } = (await findKv({ ...kv, path })) ?? {};
	return { data: data as Readonly<Record<string, string>> | undefined, version };
}

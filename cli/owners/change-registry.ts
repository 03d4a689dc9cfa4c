import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { KvConflict } from "../../clients/vault/kv.ts";
import { parseRegistry } from "../../config/registry/parse-registry.ts";
import type { Registry } from "../../config/registry/registry.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import type { RegistryStore } from "./registry-store.ts";

/** Entries by user, as they are written. */
export type Entries = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface Change {
	/** The entries after the change; the same object when there is nothing to change. */
	readonly edit: (entries: Entries) => Entries;
	/** Namespaces that may go away with everything in them. */
	readonly confirmedNamespaces: readonly string[];
	/**
	 * Runs between the checks and the write: when it fails, the entry is still there and the command can be repeated.
	 */
	readonly beforeWrite?: (before: Registry) => Promise<void>;
}

export interface Changed {
	readonly before: Registry;
	readonly after: Registry;
	readonly written: boolean;
}

const attempts = 6;

/**
 * Changes the registry by check and set: read, edit, check with the one parser, write if it is still the version that
 * was read, read again. On a conflict it starts anew from the newer version.
 *
 * @throws ConfigError when the registry, before or after, has problems; UsageError when a namespace would be lost that
 * was not confirmed; Error when the store does not answer. In each case nothing was written
 */
export async function changeRegistry(
	store: RegistryStore,
	{ edit, confirmedNamespaces, beforeWrite }: Change,
): Promise<Changed> {
	for (let attempt = 1; ; attempt++) {
		const read = await store.read();
		const before = parseRegistry(read.text, `registry ${store.name}`, store.hosts);
		const entries = JSON.parse(read.text) as Entries;
		const edited = edit(entries);
		if (edited === entries) return { before, after: before, written: false };
		const text = `${JSON.stringify(edited, null, "\t")}\n`;
		const after = parseRegistry(text, `registry ${store.name}, changed`, store.hosts);
		requireConfirmed(lostNamespaces(before, after), confirmedNamespaces);
		await beforeWrite?.(before);
		try {
			await store.write(text, read);
		} catch (error) {
			if (!(error instanceof KvConflict) || attempt === attempts) throw error;
			// Jitter: two writers that collided would otherwise collide again.
			await sleep(50 * attempt + Math.random() * 100);
			continue;
		}
		await verify(store, entries, edited);
		return { before, after, written: true };
	}
}

/** Namespaces that no owner has after the change. */
function lostNamespaces(before: Registry, after: Registry): string[] {
	const kept = new Set(after.namespaces.map(({ name }) => name));
	return before.namespaces.map(({ name }) => name).filter((name) => !kept.has(name));
}

function requireConfirmed(lost: readonly string[], confirmed: readonly string[]): void {
	const open = lost.filter((name) => !confirmed.includes(name));
	if (open.length > 0)
		throw new UsageError(
			`nobody would have ${open.join(", ")} any more, and the next deploy would destroy all that is inside; nothing was written`,
			`when that is meant: ${open.map((name) => `--confirm-namespace ${name}`).join(" ")}`,
		);
}

/** Checks that the written entries are there; other entries may have been changed since. */
async function verify(store: RegistryStore, entries: Entries, edited: Entries): Promise<void> {
	const now = JSON.parse((await store.read()).text) as Entries;
	const lost = Object.keys({ ...entries, ...edited }).filter(
		(key) => !isDeepStrictEqual(entries[key], edited[key]) && !isDeepStrictEqual(now[key], edited[key]),
	);
	if (lost.length > 0)
		throw new VisibleError(
			`${store.name} was written, and what it says of ${lost.join(", ")} is something else again`,
		);
}

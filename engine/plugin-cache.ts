import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { LockedProvider } from "../providers/lock/lock-file.ts";
import { claimOrWait } from "./claim.ts";
import { filesBelow } from "./file-identity.ts";

/** Inits of this process that need the cache for themselves: they queue here, and other processes at the claim. */
let last: Promise<unknown> = Promise.resolve();

/**
 * Runs an init. Terraform does not lock its shared plugin cache, so an init that may write to it runs alone on this
 * machine. One whose providers are all there reads only, and waits for nobody.
 *
 * @param cache the plugin cache
 * @param required providers that the init needs; undefined when they are not known
 */
export async function withPluginCache<T>(
	cache: string,
	required: readonly LockedProvider[] | undefined,
	init: () => Promise<T>,
): Promise<T> {
	const records = recordsOf(cache);
	if (required?.every((provider) => isComplete(cache, records, provider))) return init();
	const mine = last.then(() => alone(records, init));
	last = mine.catch(() => {});
	const result = await mine;
	for (const provider of required ?? []) record(cache, records, provider);
	return result;
}

async function alone<T>(records: string, init: () => Promise<T>): Promise<T> {
	const claim = await claimOrWait(records, "cache", ({ pid, user, command }) =>
		console.error(`waiting for process ${pid} of ${user}, which installs providers: ${command}`),
	);
	try {
		return await init();
	} finally {
		claim.release();
	}
}

/** Folder with the records about a plugin cache, beside it in the cache of the user. */
function recordsOf(cache: string): string {
	const place = createHash("sha256").update(cache).digest("hex").slice(0, 16);
	return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "infra", "installed", place);
}

/** A package is complete when it is as it was at the end of the init that wrote it. */
function isComplete(cache: string, records: string, provider: LockedProvider): boolean {
	const file = recordOf(records, provider);
	const identity = packageIn(cache, provider);
	return identity !== undefined && existsSync(file) && readFileSync(file, "utf8") === identity;
}

function record(cache: string, records: string, provider: LockedProvider): void {
	const identity = packageIn(cache, provider);
	if (identity === undefined) return;
	mkdirSync(records, { recursive: true });
	const file = recordOf(records, provider);
	writeFileSync(`${file}.${process.pid}`, identity);
	renameSync(`${file}.${process.pid}`, file);
}

function recordOf(records: string, { address, version }: LockedProvider): string {
	return join(records, `${address.replaceAll("/", "_")}_${version}`);
}

function packageIn(cache: string, { address, version }: LockedProvider): string | undefined {
	const folder = join(cache, address, version);
	if (!existsSync(folder) || readdirSync(folder).length === 0) return undefined;
	return filesBelow(folder).join("\n") || undefined;
}

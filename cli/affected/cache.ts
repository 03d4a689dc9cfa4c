import { createHash } from "node:crypto";
import {
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Renderings } from "./renderings.ts";

/** Renderings that are kept; one of a site is about a MiB. */
const most = 32;

/** Folder with kept renderings, and with the trees that are being rendered. */
export function affectedCache(env: NodeJS.ProcessEnv = process.env): string {
	return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "infra", "affected");
}

/** Key of everything that a rendering depends on. */
export function cacheKey(inputs: readonly unknown[]): string {
	return createHash("sha256").update(JSON.stringify(inputs)).digest("hex");
}

/** A kept rendering; undefined when there is none, or when it cannot be read. */
export function readCached(folder: string, key: string): Renderings | undefined {
	const file = join(folder, `${key}.json`);
	try {
		const renderings = JSON.parse(readFileSync(file, "utf8"));
		const now = new Date();
		utimesSync(file, now, now);
		return renderings;
	} catch {
		return undefined;
	}
}

/** Keeps a rendering, readable by this user only, and removes those that were not used for longest. */
export function writeCached(folder: string, key: string, renderings: Renderings): void {
	mkdirSync(folder, { recursive: true, mode: 0o700 });
	const file = join(folder, `${key}.json`);
	writeFileSync(`${file}.${process.pid}`, JSON.stringify(renderings), { mode: 0o600 });
	renameSync(`${file}.${process.pid}`, file);
	const kept = readdirSync(folder)
		.filter((name) => /\.json(\.\d+)?$/.test(name))
		.map((name) => join(folder, name))
		.map((path) => ({ path, used: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
		.toSorted((left, right) => right.used - left.used);
	for (const { path } of kept.slice(most)) rmSync(path, { force: true });
}

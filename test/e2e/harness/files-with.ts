import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Files below a folder that have a text in them. Daemons make and remove files of their own meanwhile: one that is gone
 * has nothing.
 */
export function filesWith(root: string, text: string): string[] {
	return filesBelow(root).filter((file) => unlessGone(() => readFileSync(file, "latin1"))?.includes(text));
}

/** Files below a folder, no links. */
export function filesBelow(root: string): string[] {
	return readdirSync(root, { withFileTypes: true }).flatMap((entry) => {
		const path = join(root, entry.name);
		if (entry.isDirectory()) return unlessGone(() => filesBelow(path)) ?? [];
		return entry.isFile() ? [path] : [];
	});
}

function unlessGone<T>(read: () => T): T | undefined {
	try {
		return read();
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
		throw error;
	}
}

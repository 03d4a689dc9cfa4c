import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Writes files, all or none: when one cannot be written, those before it are as they were, folders included.
 *
 * @param files new content by path
 */
export function writeTogether(files: Readonly<Record<string, string>>): void {
	const undo: (() => void)[] = [];
	try {
		for (const [path, content] of Object.entries(files)) {
			const made = mkdirSync(dirname(path), { recursive: true });
			if (made !== undefined) undo.push(() => rmSync(made, { recursive: true, force: true }));
			const before = existsSync(path) ? readFileSync(path) : undefined;
			undo.push(() => (before === undefined ? rmSync(path, { force: true }) : writeFileSync(path, before)));
			const part = `${path}.${process.pid}.part`;
			undo.push(() => rmSync(part, { force: true }));
			writeFileSync(part, content);
			renameSync(part, path);
		}
	} catch (error) {
		for (const step of undo.reverse()) step();
		throw error;
	}
}

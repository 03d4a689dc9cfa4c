import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { canary } from "./seed-vault.ts";

/** A name for messages, and the text. */
export type NamedText = readonly [string, string];

/** Whether a text contains a generated secret. */
export const leaks = ([, text]: NamedText) => text.includes(canary);
export const nameOf = ([name]: NamedText) => name;

/** Every file of a folder and of those in it; none when it does not exist. */
export function textsIn(folder: string): NamedText[] {
	if (!existsSync(folder)) return [];
	return readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name))
		.map((file) => [relative(folder, file), readFileSync(file, "utf8")]);
}

/** Command line of every process (proc(5), /proc/pid/cmdline). */
export function programArguments(): NamedText[] {
	return globSync("/proc/[0-9]*/cmdline").flatMap((file): NamedText[] => {
		try {
			return [[`process ${file.split("/")[2]}`, readFileSync(file, "utf8")]];
		} catch {
			// It has ended since.
			return [];
		}
	});
}

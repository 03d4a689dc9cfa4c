import { readFile, type Target } from "../../clients/host/target.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { exportedPaths } from "./load-table.ts";
import { parseTable } from "./parse-table.ts";

export const exportsFile = "/etc/exports";
export const previousFile = "/etc/exports.previous";
const tableFile = "/var/lib/nfs/etab";
const extraFolder = "/etc/exports.d";

/** What a server exports, and what it would export after its next start. */
export interface ServerState {
	/** Text of `/etc/exports`; absent when there is none. */
	readonly file: string | undefined;
	/** The table in force. */
	readonly etab: string;
	/** Every path in the file or the table. */
	readonly paths: readonly string[];
	/** Files beside `/etc/exports` that add to the table. */
	readonly extraFiles: readonly string[];
	/** What `/etc/exports` leads to when it is a link. */
	readonly link: string | undefined;
}

/** @throws when it cannot be read completely */
export async function readServer(target: Target): Promise<ServerState> {
	const [file, etab = "", extraFiles, [link]] = await Promise.all([
		readFile(target, exportsFile),
		readFile(target, tableFile),
		lines(target, 'for file in "$1"/*.exports; do [ ! -e "$file" ] || echo "$file"; done', [extraFolder]),
		lines(target, 'if [ -L "$1" ]; then readlink "$1"; fi', [exportsFile]),
	]);
	const inFile = file === undefined ? [] : await exportedPaths(target, file);
	return {
		file,
		etab,
		paths: [...new Set([...inFile, ...parseTable(etab).map(({ path }) => path)])],
		extraFiles,
		link,
	};
}

/** Those of the paths that are no directories of the machine. */
export function missingDirectories(target: Target, paths: readonly string[]): Promise<string[]> {
	return lines(target, 'for path; do [ -d "$path" ] || echo "$path"; done', paths);
}

/**
 * Those of the paths at which no disk of their own is mounted: what is left of one that is not mounted is a directory
 * like any other. A directory that is bound to itself is on the disk of its parent.
 */
export function withoutDisk(target: Target, paths: readonly string[]): Promise<string[]> {
	const script =
		'for path; do [ ! -d "$path" ] || [ "$(stat -c %d "$path")" != "$(stat -c %d "$path/..")" ] || echo "$path"; done';
	return lines(target, script, paths);
}

async function lines(target: Target, script: string, args: readonly string[]): Promise<string[]> {
	const { code, stdout, stderr } = await target.run(["sh", "-c", script, "look", ...args]);
	if (code !== 0) throw new VisibleError(`${target.name}: ${stderr.trim()}`);
	return stdout.split("\n").filter((line) => line !== "");
}

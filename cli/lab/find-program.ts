import { accessSync, constants, globSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** Folder that programs without a Debian package are kept in. */
export const programCache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "infra/bin");

/** Debian keeps the servers of each major version of PostgreSQL apart from the `PATH`; the newest comes first. */
const postgresFolders = () =>
	globSync("/usr/lib/postgresql/*/bin").sort((one, other) =>
		other.localeCompare(one, "en", { numeric: true }),
	);

/** Places of programs, the first one wins: `KUBEBUILDER_ASSETS`, `PATH`, the cache, packages that are not in `PATH`. */
const folders = () =>
	[
		process.env.KUBEBUILDER_ASSETS ?? "",
		...(process.env.PATH ?? "").split(delimiter),
		programCache,
		...postgresFolders(),
	].filter((folder) => folder !== "");

/** Path of a program by the first of its names that is there. */
export function findProgram(...names: readonly string[]): string | undefined {
	for (const folder of folders())
		for (const name of names) {
			const file = join(folder, name);
			try {
				accessSync(file, constants.X_OK);
				return file;
			} catch {}
		}
	return undefined;
}

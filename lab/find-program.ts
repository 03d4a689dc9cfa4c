import { accessSync, constants, globSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** Folder that programs without a Debian package are kept in. */
export const programCache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "infra/bin");

/**
 * Places of programs, the first one wins: `KUBEBUILDER_ASSETS`, `PATH`, the cache, and the servers of PostgreSQL, which
 * Debian keeps apart from the `PATH`, the newest version first.
 */
function* folders(): Iterable<string> {
	const { KUBEBUILDER_ASSETS = "", PATH = "" } = process.env;
	yield* [KUBEBUILDER_ASSETS, ...PATH.split(delimiter), programCache].filter((folder) => folder !== "");
	yield* globSync("/usr/lib/postgresql/*/bin").sort((one, other) =>
		other.localeCompare(one, "en", { numeric: true }),
	);
}

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

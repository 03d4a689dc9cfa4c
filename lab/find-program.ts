import { accessSync, constants, globSync } from "node:fs";
import { delimiter, resolve } from "node:path";
import { programCache } from "../clients/host/program-cache.ts";

/**
 * Folders to search, in order: `KUBEBUILDER_ASSETS`, `PATH`, the cache, and those of the PostgreSQL servers, which
 * Debian keeps outside the `PATH`, newest version first.
 */
function* folders(): Iterable<string> {
	const { KUBEBUILDER_ASSETS = "", PATH = "" } = process.env;
	yield* [KUBEBUILDER_ASSETS, ...PATH.split(delimiter), programCache].filter((folder) => folder !== "");
	yield* globSync("/usr/lib/postgresql/*/bin").sort((one, other) =>
		other.localeCompare(one, "en", { numeric: true }),
	);
}

/** Path of a program, by the first of its names that exists. A name that is a path stays what it is. */
export function findProgram(...names: readonly string[]): string | undefined {
	for (const folder of folders())
		for (const name of names) {
			const file = resolve(folder, name);
			try {
				accessSync(file, constants.X_OK);
				return file;
			} catch {}
		}
	return undefined;
}

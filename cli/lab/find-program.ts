import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** Folder that programs without a Debian package are kept in. */
export const programCache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "infra/bin");

/** Places of programs that no Debian package has, the first one wins: `KUBEBUILDER_ASSETS`, `PATH`, the cache. */
const folders = () =>
	[process.env.KUBEBUILDER_ASSETS ?? "", ...(process.env.PATH ?? "").split(delimiter), programCache].filter(
		(folder) => folder !== "",
	);

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

import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { beforeEach } from "vitest";

/** Folders with programs that no Debian package has, the first one wins. */
const folders = [
	process.env.KUBEBUILDER_ASSETS ?? "",
	...(process.env.PATH ?? "").split(delimiter),
	join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "infra/bin"),
].filter((folder) => folder !== "");

/** Path of a program by the first of its names that is there. */
export function findProgram(...names: readonly string[]): string | undefined {
	for (const folder of folders)
		for (const name of names) {
			const file = join(folder, name);
			try {
				accessSync(file, constants.X_OK);
				return file;
			} catch {}
		}
	return undefined;
}

/** The Vault-compatible server: its own program or that of its fork. */
export const vaultProgram = findProgram("bao", "vault");

/** Makes every test of a file skip, with one line, unless these programs are there; `|` separates other names. */
export function needsPrograms(...programs: string[]): boolean {
	const missing = programs.filter((names) => findProgram(...names.split("|")) === undefined);
	beforeEach(({ skip }) => {
		if (missing.length > 0)
			skip(
				`not found: ${missing.join(", ")}; in PATH, KUBEBUILDER_ASSETS or ~/.cache/infra/bin they enable it`,
			);
	});
	return missing.length === 0;
}

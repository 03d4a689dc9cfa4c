import { beforeEach } from "vitest";
import { findProgram } from "../../../lab/find-program.ts";
import { furtherPrograms } from "../../../lab/needed-programs.ts";
import { vaultPrograms } from "../../../lab/vault-server.ts";

/** The Vault-compatible server: its own program or that of its fork. */
export const vaultProgram = findProgram(...vaultPrograms);

/** Makes every test of a file skip, with one line, unless these programs are there; `|` separates other names. */
export function needsPrograms(...programs: string[]): boolean {
	const missing = programs.filter((names) => findProgram(...names.split("|")) === undefined);
	const built = furtherPrograms.some(({ names }) => names.some((name) => missing.includes(name)));
	beforeEach(({ skip }) => {
		if (missing.length > 0)
			skip(
				`not found: ${missing.join(", ")}; in PATH, KUBEBUILDER_ASSETS or ~/.cache/infra/bin they enable it${built ? "; npx infra lab build --all brings it" : ""}`,
			);
	});
	return missing.length === 0;
}

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LabProgram } from "./control-plane.ts";

/** Names of programs that speak Vault's API, the fork first. */
export const vaultPrograms = ["bao", "vault"] as const;

/**
 * A Vault-compatible server in development mode on loopback: in memory, unsealed, with a known root token. It also uses
 * the next port.
 */
export function vaultServer(folder: string, port: number, rootToken: string): LabProgram {
	// The fork refuses audit devices by its API without this setting, which the original ignores.
	const settings = join(folder, "vault.hcl");
	writeFileSync(settings, "unsafe_allow_api_audit_creation = true\n");
	return {
		names: vaultPrograms,
		args: [
			"server",
			"-dev",
			`-dev-root-token-id=${rootToken}`,
			`-dev-listen-address=127.0.0.1:${port}`,
			"-dev-no-store-token",
			`-config=${settings}`,
		],
	};
}

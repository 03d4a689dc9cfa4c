import { mkdirSync, writeFileSync } from "node:fs";
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

/**
 * The same program as in a cluster: with a Raft store on the disk, not initialised, sealed. A key share may make a root
 * token, which a restore needs. It also uses the next port.
 *
 * @param folder of the lab; the store is in `vault` below it
 */
export function bareVaultServer(folder: string, port: number): LabProgram {
	const [settings, store] = [join(folder, "vault.hcl"), join(folder, "vault")];
	mkdirSync(store, { recursive: true, mode: 0o700 });
	writeFileSync(
		settings,
		`disable_mlock = true
unsafe_allow_api_audit_creation = true
api_addr = "http://127.0.0.1:${port}"
cluster_addr = "https://127.0.0.1:${port + 1}"
storage "raft" {
  path = "${store}"
  node_id = "one"
}
listener "tcp" {
  address = "127.0.0.1:${port}"
  cluster_address = "127.0.0.1:${port + 1}"
  tls_disable = true
  disable_unauthed_generate_root_endpoints = false
}
`,
	);
	return { names: vaultPrograms, args: ["server", `-config=${settings}`] };
}

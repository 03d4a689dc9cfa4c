import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Site } from "../../config/schema/site.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import type { VaultAccess } from "./ask-vault.ts";

/**
 * How the Vault of a site is asked: `VAULT_ADDR` and `VAULT_TOKEN`, else the site's address and the token of
 * `vault login`.
 *
 * @throws VisibleError when there is no token
 */
export async function vaultAccess({
	vault,
}: {
	readonly vault: Pick<Site["vault"], "address">;
}): Promise<VaultAccess> {
	const file = join(homedir(), ".vault-token");
	const token = (process.env.VAULT_TOKEN || (await readFile(file, "utf8").catch(() => ""))).trim();
	if (token === "")
		throw new VisibleError('no token: neither VAULT_TOKEN nor ~/.vault-token; log in with "vault login"');
	return { address: process.env.VAULT_ADDR || vault.address, token };
}

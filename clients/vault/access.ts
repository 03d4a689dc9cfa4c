import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Site } from "../../config/schema/site.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import type { VaultAccess } from "./ask-vault.ts";

/** A login that this process has found itself, where the user has none yet. */
let ownLogin: VaultAccess | undefined;

/** Lets everything in this process ask Vault with a login, in the place of the user's. */
export function useLogin(access: VaultAccess): void {
	ownLogin = access;
}

/** The same for programs that it starts; nothing where the user's own login is used. */
export function loginVariables(): NodeJS.ProcessEnv {
	return ownLogin === undefined ? {} : { VAULT_ADDR: ownLogin.address, VAULT_TOKEN: ownLogin.token };
}

/**
 * How the Vault of a site is asked: `VAULT_ADDR` and `VAULT_TOKEN`, else the site's address and the token of
 * `vault login`.
 *
 * @param env where these variables are looked for
 * @throws VisibleError when there is no token
 */
export async function vaultAccess(
	{ vault }: { readonly vault: Pick<Site["vault"], "address"> },
	env: NodeJS.ProcessEnv = process.env,
): Promise<VaultAccess> {
	if (ownLogin !== undefined) return ownLogin;
	const file = join(homedir(), ".vault-token");
	const token = (env.VAULT_TOKEN || (await readFile(file, "utf8").catch(() => ""))).trim();
	if (token === "")
		throw new VisibleError('no token: neither VAULT_TOKEN nor ~/.vault-token; log in with "vault login"');
	return { address: env.VAULT_ADDR || vault.address, token };
}

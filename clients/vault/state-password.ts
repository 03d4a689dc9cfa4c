import type { Site } from "../../config/schema/site.ts";
import { databaseEngine, staticRoleName } from "../../constructs/vault/database-engine.ts";
import { askVault, type VaultAccess } from "./ask-vault.ts";

/**
 * Path in Vault of the password of the user who owns the state database, as Vault has made it last.
 *
 * @returns undefined when the states are elsewhere, or nobody rotates that password
 */
export function statePasswordPath({ state, vault }: Pick<Site, "state" | "vault">): string | undefined {
	const { tier1 } = state;
	const users = vault.databases.postgresql?.users ?? [];
	if (tier1.kind !== "postgres" || !users.includes(tier1.user)) return undefined;
	return `${databaseEngine}/static-creds/${staticRoleName("postgresql", tier1.user)}`;
}

/**
 * That password. One which somebody has noted is wrong after the next rotation.
 *
 * @throws VaultRefusal when Vault does not give it; VisibleError when Vault does not answer
 */
export async function rotatedStatePassword(
	site: Pick<Site, "state" | "vault">,
	access: VaultAccess,
): Promise<string | undefined> {
	const path = statePasswordPath(site);
	if (path === undefined) return undefined;
	const { data } = await askVault(access, { path: path.split("/") });
	return String((data as { readonly password: unknown }).password);
}

import type { Site } from "../../config/schema/site.ts";
import type { DatabaseKind } from "../../config/schema/vault.ts";
import { databaseEngine, staticCredentialPath } from "../../constructs/vault/database-engine.ts";
import { askVault, type VaultAccess } from "./ask-vault.ts";

/** A user whose password Vault rotates. */
export interface RotatedUser {
	readonly kind: DatabaseKind;
	readonly user: string;
}

/** The user who owns the state database; undefined when the states are elsewhere, or nobody rotates that password. */
export function rotatedStateUser({ state, vault }: Pick<Site, "state" | "vault">): RotatedUser | undefined {
	const { tier1 } = state;
	if (tier1.kind !== "postgres" || !vault.databases.postgresql?.users.includes(tier1.user)) return undefined;
	return { kind: "postgresql", user: tier1.user };
}

/**
 * Path of the password in Vault, as `vault read` takes it.
 *
 * @throws VisibleError when the site lists no such user
 */
export function rotatedPasswordPath(site: Pick<Site, "vault">, { kind, user }: RotatedUser): string {
	return `${databaseEngine}/${staticCredentialPath(site, kind, user)}`;
}

/**
 * The password that Vault has made last. One which somebody has noted is wrong after the next rotation.
 *
 * @throws VaultRefusal when Vault does not give it; VisibleError when Vault does not answer
 */
export async function rotatedPassword(
	site: Pick<Site, "vault">,
	of: RotatedUser,
	access: VaultAccess,
): Promise<string> {
	const { data } = await askVault(access, { path: rotatedPasswordPath(site, of).split("/") });
	return String((data as { readonly password: unknown }).password);
}

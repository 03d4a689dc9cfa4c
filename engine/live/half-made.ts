import { vaultAccess } from "../../clients/vault/access.ts";
import { askVault, type VaultAccess } from "../../clients/vault/ask-vault.ts";
import { VaultRefusal } from "../../clients/vault/refusal.ts";
import type { PlannedChange } from "../../review/plan/plan-summary.ts";
import type { Asked } from "./import-blocks.ts";
import { plannedPlace } from "./in-vault.ts";

/**
 * Engines of Vault that the provider mounts and then configures, by type: where a mounted one has its configuration, and
 * what it would be used by. One without a configuration is nothing to the importer, and in the way of a creation.
 */
const engines: Readonly<
	Record<string, (mount: string) => { readonly config: string; readonly roles: string }>
> = {
	vault_jwt_auth_backend: (mount) => {
		const at = mount.replace(/^sys\//, "");
		return { config: `${at}/config`, roles: `${at}/role` };
	},
	vault_kubernetes_secret_backend: (mount) => {
		const at = mount.replace(/^sys\/mounts\//, "");
		return { config: `${at}/config`, roles: `${at}/roles` };
	},
};

/**
 * Whether what a plan creates is mounted in Vault, and nothing was written to it yet.
 *
 * @throws VisibleError when Vault cannot be asked
 */
export async function isHalfMade(change: PlannedChange, { site, env }: Asked): Promise<boolean> {
	const mount = plannedPlace(change);
	const engine = Object.hasOwn(engines, change.type) ? engines[change.type] : undefined;
	if (mount === undefined || engine === undefined) return false;
	const access = await vaultAccess(site, env);
	const { config, roles } = engine(mount);
	return (
		(await isAbsent(access, { path: config.split("/") })) &&
		(await isAbsent(access, { method: "LIST", path: roles.split("/") }))
	);
}

/** Unmounts it, so that it can be created. @throws VisibleError when Vault refuses, or cannot be asked */
export async function removeHalfMade(change: PlannedChange, { site, env }: Asked): Promise<void> {
	const mount = plannedPlace(change);
	if (mount === undefined) return;
	await askVault(await vaultAccess(site, env), { method: "DELETE", path: mount.split("/") });
}

async function isAbsent(access: VaultAccess, request: Parameters<typeof askVault>[1]): Promise<boolean> {
	try {
		await askVault(access, request);
		return false;
	} catch (error) {
		if (error instanceof VaultRefusal && error.absent) return true;
		throw error;
	}
}

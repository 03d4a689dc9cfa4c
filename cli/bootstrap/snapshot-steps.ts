import { readFileSync } from "node:fs";
import { findInVault } from "../../clients/vault/ask-vault.ts";
import { VaultRefusal } from "../../clients/vault/refusal.ts";
import {
	generateRoot,
	initialiseVault,
	restoreSnapshot,
	sealStatus,
	unsealVault,
} from "../../clients/vault/seal.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import type { Backups } from "./backups.ts";
import { checked, type Step } from "./checklist.ts";
import type { Founding } from "./founding.ts";
import { hasLogin, until } from "./login.ts";
import { requireAllEmpty } from "./vault-servers.ts";
import { unsealWith, vaultStatus } from "./vault-steps.ts";

/**
 * Puts a snapshot in the place of an empty store. A server takes it only when it is initialised, with a key of its own
 * that is of no use afterwards: the snapshot is opened by the key of before.
 */
export function snapshotSteps(founding: Founding, backups: () => Promise<Backups>): Step[] {
	const { safe, site } = founding;
	const { address } = site.vault;
	return [
		checked("Vault is initialised, to take its snapshot in", {
			look: async () => {
				const { initialized } = await vaultStatus(founding);
				const { restoring, initialising } = await safe.open();
				if (initialized && initialising !== undefined && restoring === undefined)
					throw new UsageError(
						`Vault was initialised at ${initialising}, and this command was ended before it could keep the key`,
						"nothing is in that Vault: empty its store, and run this again",
					);
				return initialized;
			},
			act: async () => {
				await requireAllEmpty(site);
				await safe.change({ initialising: new Date().toISOString() });
				const { keys, rootToken } = await initialiseVault(address);
				await safe.change({ restoring: { unsealKeys: keys, rootToken }, initialising: undefined });
			},
		}),
		checked("Vault has what its snapshot has", {
			look: async () => {
				const { restoring, unsealKeys = [] } = await safe.open();
				if (restoring === undefined) return true;
				if (!(await isRestored(address, restoring.rootToken, unsealKeys))) return false;
				await safe.change({ restoring: undefined });
				return true;
			},
			act: async () => {
				const { restoring } = await safe.open();
				if (restoring === undefined) return;
				await unsealWith(address, restoring.unsealKeys, safe.name);
				const access = { address, token: restoring.rootToken };
				await until(() => hasLogin(access), "Vault has no leader");
				const { snapshot } = await backups();
				await restoreSnapshot(access, readFileSync(snapshot));
			},
		}),
	];
}

/** Whether the store is that of the snapshot: its key opens it, and the token of the store before is unknown. */
async function isRestored(address: string, rootToken: string, keys: readonly string[]): Promise<boolean> {
	for (let attempt = 0; attempt < 50; attempt += 1) {
		if ((await sealStatus(address)).sealed) {
			try {
				for (const key of keys) if (!(await unsealVault(address, key))) return true;
			} catch (error) {
				if (!(error instanceof VaultRefusal)) throw error;
				return false;
			}
			return false;
		}
		const known = await findInVault(
			{ address, token: rootToken },
			{ path: ["auth", "token", "lookup-self"] },
		).catch((error) => {
			if (!(error instanceof VaultRefusal)) throw error;
			return error.status === 403 ? undefined : "not yet";
		});
		if (known === undefined) return true;
		if (known !== "not yet") return false;
		const { setTimeout: sleep } = await import("node:timers/promises");
		await sleep(200);
	}
	return false;
}

/**
 * Makes a root token with the key: that of before was revoked, and the identity provider may be among what was lost.
 * Nothing is made where somebody has a login.
 */
export function rootTokenStep(founding: Founding): Step {
	const { safe, site } = founding;
	return checked("somebody can log in", {
		look: async () => (await founding.loginIsHere()) !== undefined,
		act: async () => {
			const { unsealKeys = [] } = await safe.open();
			try {
				await safe.change({ rootToken: await generateRoot(site.vault.address, unsealKeys) });
			} catch (error) {
				if (!(error instanceof VaultRefusal)) throw error;
				throw new UsageError(
					`the key alone makes no root token at this server: ${error.message}`,
					'open that door for as long as it takes: docs/runbooks/vault.md, "Nobody can log in"; or log in, and set VAULT_TOKEN',
				);
			}
		},
	});
}

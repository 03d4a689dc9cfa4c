import { askVault } from "../../clients/vault/ask-vault.ts";
import { VaultRefusal } from "../../clients/vault/refusal.ts";
import { initialiseVault, type SealStatus, sealStatus, unsealVault } from "../../clients/vault/seal.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { checked, type Step } from "./checklist.ts";
import type { Founding } from "./founding.ts";
import { until } from "./login.ts";
import { requireAllEmpty } from "./vault-servers.ts";

/**
 * Whether the server is initialised and sealed.
 *
 * @throws UsageError when it cannot be reached, with the way to a server that is in the cluster
 */
export async function vaultStatus({ site }: Founding): Promise<SealStatus> {
	try {
		return await sealStatus(site.vault.address);
	} catch (error) {
		if (!(error instanceof VisibleError)) throw error;
		throw new UsageError(
			`Vault cannot be asked: ${error.message}`,
			site.vault.server.kind === "chart"
				? "in another terminal: kubectl -n vault port-forward pod/vault-0 8200; then here: VAULT_ADDR=http://127.0.0.1:8200 infra bootstrap"
				: "start it, or name its address in VAULT_ADDR",
		);
	}
}

/** Whether Vault has been there before; what cannot be reached counts as not. */
export const isFounded = (founding: Founding): Promise<boolean> =>
	sealStatus(founding.site.vault.address).then(
		({ initialized }) => initialized,
		() => false,
	);

/**
 * A site whose safe has a key had a Vault: a second one is not begun beside what the first one had.
 *
 * @throws UsageError when Vault is empty, or cannot be asked
 */
export async function requireSameVault(founding: Founding): Promise<void> {
	const { safe } = founding;
	if ((await safe.open()).unsealKeys === undefined) return;
	if ((await vaultStatus(founding)).initialized) return;
	await requireAllEmpty(founding.site);
	throw new UsageError(
		`Vault is empty, and ${safe.name} has the key of one that was there before`,
		"infra bootstrap --from-backups brings that one back; to begin anew, move the file away, and keep it",
	);
}

/** Initialises the server; key share and root token go into the safe, and nowhere else. */
export function initialisedStep(founding: Founding): Step {
	const { safe } = founding;
	return checked("Vault is initialised", {
		look: async () => {
			const { initialized } = await vaultStatus(founding);
			const { unsealKeys, initialising } = await safe.open();
			if (initialized && unsealKeys === undefined && initialising !== undefined)
				throw new UsageError(
					`Vault was initialised at ${initialising}, and this command was ended before it could keep the key`,
					"nobody can open that Vault, and nothing is in it: empty its store (delete the claims data-vault-0 and so on, and its pods), and run this again",
				);
			return initialized;
		},
		act: async () => {
			await requireAllEmpty(founding.site);
			await safe.change({ initialising: new Date().toISOString() });
			const { keys, rootToken } = await initialiseVault(founding.site.vault.address);
			await safe.change({ unsealKeys: keys, rootToken, initialising: undefined });
		},
	});
}

/** Unseals the server with the key shares of the safe. */
export function unsealedStep(founding: Founding): Step {
	const { safe, site } = founding;
	return checked("Vault is unsealed", {
		look: async () => !(await vaultStatus(founding)).sealed,
		act: async () => {
			const { unsealKeys } = await safe.open();
			if (unsealKeys === undefined)
				throw new UsageError(
					`Vault is sealed, and its key is not in ${safe.name}: somebody else has initialised it`,
					"get that file from them (git pull), or have them unseal it (vault operator unseal); a Vault that nobody can open has to be emptied first",
				);
			await unsealWith(site.vault.address, unsealKeys, safe.name);
		},
	});
}

/** @throws UsageError when the shares are of another Vault */
export async function unsealWith(address: string, keys: readonly string[], from: string): Promise<void> {
	try {
		for (const key of keys) if (!(await unsealVault(address, key))) break;
	} catch (error) {
		if (!(error instanceof VaultRefusal)) throw error;
		throw new UsageError(
			`the key of ${from} does not open this Vault: ${error.message}`,
			"it is of another one, or from before the key was changed: find the version of that time with git log",
		);
	}
	await until(async () => !(await sealStatus(address)).sealed, "Vault stays sealed");
}

/** Takes the login that was found: the root token of the safe while it is valid, else that of whoever runs the command. */
export function loginStep(founding: Founding): Step {
	return {
		outcome: "there is a login to Vault that may do everything",
		run: async () => {
			const token = await founding.loginIsHere();
			if (token === undefined)
				throw new UsageError(
					`Vault was founded already, and neither ${founding.safe.name} nor VAULT_TOKEN has a login that may do everything`,
					"as an administrator: vault login -method=oidc; when nobody can log in: docs/runbooks/vault.md",
				);
			founding.logIn(token);
			return true;
		},
	};
}

/** Ends the root token, which nobody needs any more. */
export function revokedStep(founding: Founding): Step {
	const { safe } = founding;
	return checked("the root token is revoked", {
		look: async () => (await safe.open()).rootToken === undefined,
		act: async () => {
			const { rootToken } = await safe.open();
			const { address } = founding.site.vault;
			if (rootToken !== undefined)
				await askVault(
					{ address, token: rootToken },
					{ method: "POST", path: ["auth", "token", "revoke-self"] },
				);
			await safe.change({ rootToken: undefined });
		},
	});
}

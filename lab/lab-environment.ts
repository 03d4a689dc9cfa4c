import { VaultRefusal } from "../clients/vault/refusal.ts";
import { rotatedPassword } from "../clients/vault/rotated-password.ts";
import { loadSite } from "../config/load-site.ts";
import type { Site } from "../config/schema/site.ts";
import { type Lab, vaultOf } from "./lab-state.ts";
import { ageKeyFile, readOwner } from "./owner.ts";

/**
 * Environment of programs that work on the lab: this process's own, with variables that point every tool at the lab, and
 * the login to the state database once Vault has made it.
 */
export async function labEnvironment(lab: Lab): Promise<NodeJS.ProcessEnv> {
	return {
		...process.env,
		INFRA_SITE: lab.site,
		KUBECONFIG: lab.kubeconfig,
		KUBE_CONFIG_PATH: lab.kubeconfig,
		VAULT_ADDR: lab.vaultAddress,
		// Undefined: a token of the user is for another Vault.
		VAULT_TOKEN: lab.vaultToken || undefined,
		...(readOwner() === undefined ? {} : { SOPS_AGE_KEY_FILE: ageKeyFile }),
		CHECKPOINT_DISABLE: "1",
		...(lab.dns === undefined ? {} : { CLOUDFLARE_API_TOKEN: lab.dns.token }),
		...(await stateLogin(lab)),
	};
}

/** Login for the state backend of tier 1, and for psql(1). */
async function stateLogin(lab: Lab): Promise<Readonly<Record<string, string>>> {
	const site = await loadSite(lab.site);
	const { tier1 } = site.state;
	if (tier1.kind !== "postgres" || lab.vaultToken === "") return {};
	const password = await databasePassword(lab, site, tier1.user);
	if (password === undefined) return {};
	return {
		PGHOST: tier1.host,
		PGPORT: String(tier1.port),
		PGUSER: tier1.user,
		PGDATABASE: tier1.database,
		PGPASSWORD: password,
	};
}

/** Password that Vault has set for a database user; undefined until the engine manages the user. */
export async function databasePassword(lab: Lab, site: Site, user: string): Promise<string | undefined> {
	try {
		return await rotatedPassword(site, { kind: "postgresql", user }, vaultOf(lab));
	} catch (error) {
		// An engine that is not mounted is 404, a user that it does not know 400.
		if (error instanceof VaultRefusal && [400, 404].includes(error.status)) return undefined;
		throw error;
	}
}

import { loadSite } from "../../config/load-site.ts";
import { databaseEngine, staticCredentialPath } from "../../constructs/vault/database-engine.ts";
import type { Lab } from "./lab-state.ts";

/** Variables that point every tool at the lab; once Vault has made the password of the states, it is among them. */
export async function labEnvironment(lab: Lab): Promise<Readonly<Record<string, string>>> {
	const { state } = await loadSite(lab.site);
	const password =
		state.tier1.kind === "postgres" ? await databasePassword(lab, state.tier1.user) : undefined;
	return {
		INFRA_SITE: lab.site,
		KUBECONFIG: lab.kubeconfig,
		KUBE_CONFIG_PATH: lab.kubeconfig,
		VAULT_ADDR: lab.vaultAddress,
		VAULT_TOKEN: lab.vaultToken,
		CHECKPOINT_DISABLE: "1",
		...(password === undefined ? {} : { PGPASSWORD: password }),
	};
}

/** What Vault changed the password of a database user to; undefined until the engine has the user. */
export async function databasePassword(lab: Lab, user: string): Promise<string | undefined> {
	const path = staticCredentialPath(await loadSite(lab.site), "postgresql", user);
	const response = await fetch(`${lab.vaultAddress}/v1/${databaseEngine}/${path}`, {
		headers: { "X-Vault-Token": lab.vaultToken },
		signal: AbortSignal.timeout(10_000),
	});
	if (!response.ok) return undefined;
	const { data } = (await response.json()) as { data: { password: string } };
	return data.password;
}

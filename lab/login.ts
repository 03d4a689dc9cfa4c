import { exchange, jsonObject } from "../clients/http/exchange.ts";
import { vaultUrl } from "../clients/vault/vault-url.ts";
import { loadSite } from "../config/load-site.ts";
import { type Lab, readLab, requireLab } from "./lab-state.ts";
import { type LabOwner, readOwner, signedLogin } from "./owner.ts";

/**
 * The lab, with a token for its Vault. In a bare one that is the login of an administrator, as soon as the stack has
 * made it; until then there is none.
 *
 * @throws UsageError when there is no lab
 */
export async function labLoggedIn(): Promise<Lab> {
	const lab = requireLab();
	const owner = readOwner();
	if (owner === undefined) return lab;
	const vaultToken = await administratorToken(lab, owner);
	return { ...lab, vaultToken };
}

/** Whether this process was started with the variables of the lab; states of a bare one are opened and locked by them. */
export function isInShell(): boolean {
	return readOwner() === undefined || process.env.VAULT_ADDR === readLab()?.vaultAddress;
}

/** A token of somebody of the administrators' group; empty while nobody can log in. */
async function administratorToken(lab: Lab, owner: LabOwner): Promise<string> {
	const { vault } = await loadSite(lab.site);
	const url = vaultUrl(lab.vaultAddress, "auth", "oidc", "login");
	const jwt = signedLogin(owner, "operator@lab.example.org", [vault.identity.adminGroup]);
	const { text } = await exchange({
		url,
		method: "POST",
		shown: `POST ${url}`,
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ role: "default", jwt }),
	});
	const { client_token: token } = (jsonObject(text)?.auth ?? {}) as { readonly client_token?: string };
	return token ?? "";
}

import { VisibleError } from "../../config/schema/visible-error.ts";
import { exchange, jsonObject } from "../http/exchange.ts";
import type { VaultAccess } from "./ask-vault.ts";
import { vaultUrl } from "./vault-url.ts";

/**
 * Logs in to Vault by the token of a service account (`POST /v1/auth/kubernetes/login`).
 *
 * @param role key of `vault.machines`
 * @throws VisibleError when Vault does not answer, or refuses
 */
export async function machineLogin(address: string, role: string, jwt: string): Promise<VaultAccess> {
	const url = vaultUrl(address, "auth", "kubernetes", "login");
	const shown = `POST ${url} as ${role}`;
	const { status, text } = await exchange({
		url,
		method: "POST",
		shown,
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ role, jwt }),
	});
	const { client_token: token } = (jsonObject(text)?.auth ?? {}) as { readonly client_token?: unknown };
	if (typeof token === "string") return { address, token };
	throw new VisibleError(`${shown} answers ${status}: the account or the audience is not that of the role`);
}

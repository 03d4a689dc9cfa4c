import { defined } from "../../config/schema/defined.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { exchange, isAddress, isRedirection, isToken, jsonObject, redirectionOf } from "../http/exchange.ts";
import { VaultRefusal } from "./refusal.ts";
import { vaultUrl } from "./vault-url.ts";

/** Which Vault is asked, and who asks. */
export interface VaultAccess {
	/** Base URL. */
	readonly address: string;
	readonly token: string;
}

export interface VaultRequest {
	/** @default "GET" */
	readonly method?: "GET" | "LIST" | "POST" | "PUT" | "PATCH" | "DELETE";
	/** Segments below `/v1/`, each a name whatever is in it. */
	readonly path: readonly string[];
	readonly body?: object;
	/** Milliseconds for everything, the body of the answer included. @default 10 seconds */
	readonly within?: number;
}

/** What Vault says; empty where it has nothing to say. */
export type VaultAnswer = Readonly<Record<string, unknown>>;

/** For an address at which something else answers. */
const remedy = "name Vault itself in VAULT_ADDR, or in vault.address of the site";

/**
 * Asks Vault's HTTP API. No error has the token in it.
 *
 * @throws VaultRefusal for every answer but success; VisibleError when there is no answer, half of one, a redirection
 *   (which would lead the token elsewhere) or something that is no JSON object; UnspeakableName as `vaultUrl`
 */
export async function askVault(access: VaultAccess, request: VaultRequest): Promise<VaultAnswer> {
	const { method = "GET", path, body: sent, within } = request;
	check(access);
	const url = vaultUrl(access.address, ...path);
	const question = `${method} ${url}`;
	const { status, headers, text } = await exchange({
		// A list is asked for by a parameter: not everything before Vault passes the method on.
		url: method === "LIST" ? `${url}/?list=true` : url,
		method: method === "LIST" ? "GET" : method,
		headers: {
			"X-Vault-Token": access.token,
			"Content-Type": method === "PATCH" ? "application/merge-patch+json" : "application/json",
		},
		shown: question,
		...defined({ within }),
		...(sent !== undefined && { body: JSON.stringify(sent) }),
	});
	if (isRedirection(status))
		throw new VisibleError(
			`${question} leads to ${redirectionOf(headers)}, and the token does not follow; ${remedy}`,
		);
	const ok = status >= 200 && status < 300;
	const body = text === "" && ok ? {} : jsonObject(text);
	if (!ok) throw new VaultRefusal(question, { status, body, token: access.token });
	if (body === undefined)
		throw new VisibleError(`${question} answers with something that is no JSON object; ${remedy}`);
	return body;
}

/**
 * Asks for what may not be there.
 *
 * @returns undefined when Vault itself says that there is no such thing
 * @throws as `askVault`, for a missing mount or a proxy that knows no Vault as well
 */
export async function findInVault(
	access: VaultAccess,
	request: VaultRequest,
): Promise<VaultAnswer | undefined> {
	try {
		return await askVault(access, request);
	} catch (error) {
		if (error instanceof VaultRefusal && error.absent) return undefined;
		throw error;
	}
}

/** What fetch would complain of by quoting it, secrets included. */
function check({ address, token }: VaultAccess): void {
	if (!isAddress(address))
		throw new VisibleError(
			"the address of Vault (VAULT_ADDR, else vault.address of the site): expected a URL without a login, such as https://vault.example.org",
		);
	if (!isToken(token))
		throw new VisibleError(
			'the token for Vault has spaces, line breaks or letters that no token has; log in with "vault login"',
		);
}

import { VisibleError } from "../../config/schema/visible-error.ts";
import { type Question, VaultRefusal } from "./refusal.ts";
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

/** In bytes. Vault itself takes no larger request (`max_request_size`). */
const longestAnswer = 32 * 1024 ** 2;

/**
 * Asks Vault's HTTP API. No error has the token in it.
 *
 * @throws VaultRefusal for every answer but success; VisibleError when there is no answer, half of one, a redirection
 *   (which would lead the token elsewhere) or something that is no JSON object; UnspeakableName as `vaultUrl`
 */
export async function askVault(access: VaultAccess, request: VaultRequest): Promise<VaultAnswer> {
	const { method = "GET", path } = request;
	check(access);
	const question = `${method} ${vaultUrl(access.address, ...path)}`;
	const { response, text } = await exchange(access, request, question);
	const { status, headers } = response;
	if (status >= 300 && status < 400)
		throw new VisibleError(
			`${question} leads to ${hostOf(headers.get("location"))}, and the token does not follow; ${remedy}`,
		);
	const body = text === "" && response.ok ? {} : jsonObject(text);
	if (!response.ok) throw new VaultRefusal(question, { status, body, token: access.token });
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
	const url = URL.parse(address);
	if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "")
		throw new VisibleError(
			"the address of Vault (VAULT_ADDR, else vault.address of the site): expected a URL without a login, such as https://vault.example.org",
		);
	if (!/^[\x21-\x7e]+$/.test(token))
		throw new VisibleError(
			'the token for Vault has spaces, line breaks or letters that no token has; log in with "vault login"',
		);
}

async function exchange(
	{ address, token }: VaultAccess,
	{ method = "GET", path, body, within = 10_000 }: VaultRequest,
	question: Question,
): Promise<{ readonly response: Response; readonly text: string }> {
	const url = vaultUrl(address, ...path);
	let response: Response | undefined;
	try {
		// A list is asked for by a parameter: not everything before Vault passes the method on.
		response = await fetch(method === "LIST" ? `${url}/?list=true` : url, {
			method: method === "LIST" ? "GET" : method,
			redirect: "manual",
			headers: {
				"X-Vault-Token": token,
				"Content-Type": method === "PATCH" ? "application/merge-patch+json" : "application/json",
			},
			signal: AbortSignal.timeout(within),
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
		});
		return { response, text: await textOf(response, question) };
	} catch (error) {
		if (error instanceof VisibleError) throw error;
		const { name, cause } = error as Error & { readonly cause?: NodeJS.ErrnoException };
		if (name === "TimeoutError") throw new VisibleError(`${question}: no answer within ${within / 1000} s`);
		if (response) throw new VisibleError(`${question}: the answer broke off`);
		// Whatever happens to a connection is a cause; without one, the request itself is wrong.
		if (cause === undefined) throw error;
		throw new VisibleError(`${address} cannot be reached: ${cause.code ?? cause.message}`);
	}
}

async function textOf(response: Response, question: Question): Promise<string> {
	const chunks: Uint8Array[] = [];
	let size = 0;
	for await (const chunk of response.body ?? []) {
		size += chunk.length;
		if (size > longestAnswer)
			throw new VisibleError(`${question} answers with more than ${longestAnswer / 1024 ** 2} MiB`);
		chunks.push(chunk);
	}
	return Buffer.concat(chunks).toString("utf8");
}

function jsonObject(text: string): VaultAnswer | undefined {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === "object" && value !== null && !Array.isArray(value)
			? (value as VaultAnswer)
			: undefined;
	} catch {
		return undefined;
	}
}

/** Where a redirection leads, without what it may carry. */
function hostOf(location: string | null): string {
	return URL.parse(location ?? "")?.origin ?? "another path";
}

import { VisibleError } from "../../config/schema/visible-error.ts";
import { exchange, isAddress, isToken, jsonObject } from "../http/exchange.ts";

export interface ZoneAccess {
	/** @default the API of Cloudflare */
	readonly baseUrl?: string | undefined;
	readonly zoneId: string;
	readonly token: string;
}

export interface ZoneRequest {
	/** @default "GET" */
	readonly method?: "GET" | "POST" | "DELETE";
	/** Below `dns_records`, with the slash or the question mark that begins it. @default "" */
	readonly path?: string;
	readonly body?: object;
}

/** What the API says, and the request as it is shown in errors. */
export interface ZoneAnswer {
	readonly shown: string;
	readonly result: unknown;
	readonly resultInfo: Readonly<Record<string, unknown>>;
}

/**
 * Asks Cloudflare's API, version 4, about the records of a zone. No error has the token in it.
 *
 * @throws VisibleError when it refuses or does not answer
 */
export async function askZone(
	{ baseUrl, zoneId, token }: ZoneAccess,
	{ method = "GET", path = "", body }: ZoneRequest = {},
): Promise<ZoneAnswer> {
	const base = (baseUrl ?? "https://api.cloudflare.com/client/v4").replace(/\/+$/, "");
	if (!isAddress(base)) throw new VisibleError("dns.baseUrl: expected a URL without a login");
	if (!isToken(token)) throw new VisibleError("CLOUDFLARE_API_TOKEN has letters that no token has");
	const url = `${base}/zones/${zoneId}/dns_records`;
	const shown = `${method} ${url}`;
	const { status, text } = await exchange({
		url: `${url}${path}`,
		method,
		headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
		shown,
		...(body !== undefined && { body: JSON.stringify(body) }),
	});
	const answer = jsonObject(text);
	if (status !== 200 || answer?.success !== true)
		throw new VisibleError(`${shown} answers ${status}${wordsOf(answer?.errors)}`);
	return { shown, result: answer.result, resultInfo: (answer.result_info ?? {}) as ZoneAnswer["resultInfo"] };
}

function wordsOf(errors: unknown): string {
	const all = Array.isArray(errors) ? (errors as readonly { readonly message?: unknown }[]) : [];
	const words = all.flatMap(({ message }) => (typeof message === "string" ? message : []));
	return words.length === 0 ? "" : `: ${words.join("; ").slice(0, 300)}`;
}

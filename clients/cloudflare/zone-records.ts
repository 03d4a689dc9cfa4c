import { VisibleError } from "../../config/schema/visible-error.ts";
import { exchange, isAddress, isToken, jsonObject } from "../http/exchange.ts";

/** A record as the API has it. */
export interface ListedRecord {
	readonly name: string;
	readonly type: string;
	readonly content: string;
	/** Of an MX record. */
	readonly priority?: number;
	/** ISO 8601. */
	readonly created_on?: string;
	readonly comment?: string | null;
}

export interface ZoneAccess {
	/** @default the API of Cloudflare */
	readonly baseUrl?: string | undefined;
	readonly zoneId: string;
	readonly token: string;
}

const perPage = 100;
/** No plan of Cloudflare gives a zone more than 200 000 records. */
const mostPages = 2000;

/**
 * Every record of a zone.
 *
 * Source: Cloudflare's API, version 4, "List DNS Records", and its pagination by `result_info`.
 *
 * @throws VisibleError when it refuses, does not answer, or its list is not whole
 */
export async function zoneRecords({ baseUrl, zoneId, token }: ZoneAccess): Promise<readonly ListedRecord[]> {
	const base = (baseUrl ?? "https://api.cloudflare.com/client/v4").replace(/\/+$/, "");
	if (!isAddress(base)) throw new VisibleError("dns.baseUrl: expected a URL without a login");
	if (!isToken(token)) throw new VisibleError("CLOUDFLARE_API_TOKEN has letters that no token has");
	const url = `${base}/zones/${zoneId}/dns_records`;
	const records: ListedRecord[] = [];
	for (let page = 1; page <= mostPages; page++) {
		const { result, total } = await askPage(url, page, token);
		records.push(...result);
		if (records.length >= total) return records;
		if (result.length === 0)
			throw new VisibleError(`GET ${url}: the list breaks off after ${records.length} of ${total} records`);
	}
	throw new VisibleError(`GET ${url}: the list does not end`);
}

async function askPage(url: string, page: number, token: string) {
	const shown = `GET ${url}`;
	const { status, text } = await exchange({
		url: `${url}?per_page=${perPage}&page=${page}`,
		method: "GET",
		headers: { authorization: `Bearer ${token}` },
		shown,
	});
	const body = jsonObject(text);
	if (status !== 200 || body?.success !== true || !Array.isArray(body.result))
		throw new VisibleError(`${shown} answers ${status}${wordsOf(body?.errors)}`);
	const { total_count: total } = (body.result_info ?? {}) as { readonly total_count?: unknown };
	if (typeof total !== "number") throw new VisibleError(`${shown} does not say how many records there are`);
	return { result: body.result as readonly ListedRecord[], total };
}

function wordsOf(errors: unknown): string {
	const all = Array.isArray(errors) ? (errors as readonly { readonly message?: unknown }[]) : [];
	const words = all.flatMap(({ message }) => (typeof message === "string" ? message : []));
	return words.length === 0 ? "" : `: ${words.join("; ").slice(0, 300)}`;
}

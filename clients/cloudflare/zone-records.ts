import { VisibleError } from "../../config/schema/visible-error.ts";
import { askZone, type ZoneAccess } from "./ask-zone.ts";

/** A record as the API has it. */
export interface ListedRecord {
	/** Chosen by Cloudflare. */
	readonly id: string;
	readonly name: string;
	readonly type: string;
	readonly content: string;
	/** Of an MX record. */
	readonly priority?: number;
	/** ISO 8601. */
	readonly created_on?: string;
	readonly comment?: string | null;
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
export async function zoneRecords(access: ZoneAccess): Promise<readonly ListedRecord[]> {
	const records: ListedRecord[] = [];
	for (let page = 1; page <= mostPages; page++) {
		const answer = await askZone(access, { path: `?per_page=${perPage}&page=${page}` });
		const { shown, result, resultInfo } = answer;
		const total = resultInfo.total_count;
		if (!Array.isArray(result)) throw new VisibleError(`${shown} answers without a list`);
		if (typeof total !== "number") throw new VisibleError(`${shown} does not say how many records there are`);
		records.push(...(result as readonly ListedRecord[]));
		if (records.length >= total) return records;
		if (result.length === 0)
			throw new VisibleError(`${shown}: the list breaks off after ${records.length} of ${total} records`);
	}
	throw new VisibleError(`the list of records of zone ${access.zoneId} does not end`);
}

/** Makes a TXT record that is answered for a minute at most. @returns its id */
export async function createText(
	access: ZoneAccess,
	{ name, text, comment }: { readonly name: string; readonly text: string; readonly comment: string },
): Promise<string> {
	const body = { type: "TXT", name, content: `"${text}"`, ttl: 60, comment };
	const { shown, result } = await askZone(access, { method: "POST", body });
	const { id } = (result ?? {}) as { readonly id?: unknown };
	if (typeof id !== "string") throw new VisibleError(`${shown} does not say which record it has made`);
	return id;
}

/** @throws VisibleError when it refuses or does not answer */
export async function deleteRecord(access: ZoneAccess, id: string): Promise<void> {
	await askZone(access, { method: "DELETE", path: `/${id}` });
}

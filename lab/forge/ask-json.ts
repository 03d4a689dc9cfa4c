import { VisibleError } from "../../config/schema/visible-error.ts";

// biome-ignore lint/suspicious/noExplicitAny: answers of foreign APIs are read by name
export type AnswerByName = any;

/** A request to an API that speaks JSON, or texts. */
export interface JsonRequest {
	readonly method: string;
	/** The header of that name. */
	readonly authorization: string;
	readonly body?: object | undefined;
}

/**
 * Asks a server on loopback.
 *
 * @returns what its JSON says, or else its text; undefined for an empty answer
 * @throws VisibleError for a refusal
 */
export async function askJson(
	url: string,
	{ method, authorization, body }: JsonRequest,
): Promise<AnswerByName> {
	const response = await fetch(url, {
		method,
		headers: { authorization, "content-type": "application/json" },
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
		signal: AbortSignal.timeout(30_000),
	});
	const text = await response.text();
	if (!response.ok) throw new VisibleError(`${method} ${url}: ${response.status} ${text}`);
	if (text === "") return undefined;
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}

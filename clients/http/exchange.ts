import { VisibleError } from "../../config/schema/visible-error.ts";

export interface HttpRequest {
	readonly url: string;
	readonly method: string;
	readonly headers: Readonly<Record<string, string>>;
	readonly body?: string | Uint8Array<ArrayBuffer>;
	/** Milliseconds for everything, the body of the answer included. @default 10 seconds */
	readonly within?: number;
	/** The request as it is shown in errors: no secret in it. */
	readonly shown: string;
}

/** An answer, whatever its status. */
export interface HttpAnswer {
	readonly status: number;
	readonly headers: Headers;
	readonly text: string;
}

/** Bytes of the longest answer that is taken. */
const longest = 32 * 1024 ** 2;

/**
 * Sends one request and reads its whole answer. Redirections are not followed, since they would lead a token elsewhere.
 *
 * @throws VisibleError when there is no answer, a redirection, or half an answer; one that comes too late or is too long
 */
export async function exchange({ url, shown, within = 10_000, ...init }: HttpRequest): Promise<HttpAnswer> {
	let response: Response | undefined;
	try {
		response = await fetch(url, { ...init, redirect: "manual", signal: AbortSignal.timeout(within) });
		return { status: response.status, headers: response.headers, text: await textOf(response, shown) };
	} catch (error) {
		if (error instanceof VisibleError) throw error;
		const { name, cause } = error as Error & { readonly cause?: NodeJS.ErrnoException };
		if (name === "TimeoutError") throw new VisibleError(`${shown}: no answer within ${within / 1000} s`);
		if (response) throw new VisibleError(`${shown}: the answer broke off`);
		// Whatever happens to a connection is a cause; without one, the request itself is wrong.
		if (cause === undefined) throw error;
		throw new VisibleError(
			`${URL.parse(url)?.origin ?? url} cannot be reached: ${cause.code ?? cause.message}`,
		);
	}
}

async function textOf(response: Response, shown: string): Promise<string> {
	const chunks: Uint8Array[] = [];
	let size = 0;
	for await (const chunk of response.body ?? []) {
		size += chunk.length;
		if (size > longest) throw new VisibleError(`${shown} answers with more than ${longest / 1024 ** 2} MiB`);
		chunks.push(chunk);
	}
	return Buffer.concat(chunks).toString("utf8");
}

/** Whether a text is the base URL of a server, without a login: fetch would complain of one by quoting it. */
export function isAddress(text: string): boolean {
	const url = URL.parse(text);
	return url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
}

/** Whether a text can be a token in a header. */
export function isToken(text: string): boolean {
	return /^[\x21-\x7e]+$/.test(text);
}

/** The object that a JSON text holds; undefined for everything else. */
export function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
	const value = jsonValue(text);
	return typeof value === "object" && value !== null && !Array.isArray(value)
		? (value as Readonly<Record<string, unknown>>)
		: undefined;
}

/** The value of a JSON text; undefined when it is none. */
export function jsonValue(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** Whether a status leads elsewhere. */
export function isRedirection(status: number): boolean {
	return status >= 300 && status < 400;
}

/** Where a redirection leads, without what it may carry. */
export function redirectionOf(headers: Headers): string {
	return URL.parse(headers.get("location") ?? "")?.origin ?? "another path";
}

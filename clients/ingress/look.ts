import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { text } from "node:stream/consumers";

/** Where a host is asked, and for how long. */
export interface LookOptions {
	/** Address of the ingress controller as clients reach it. @default what the host's name resolves to */
	readonly address?: string;
	/** @default 443 */
	readonly port?: number;
	/** Milliseconds for an answer. @default 10000 */
	readonly within?: number;
}

/**
 * What a request without a login met:
 *
 * - `login`: it was sent to another host, or asked for credentials;
 * - `refused`: 403, by whoever refuses it first;
 * - `open`: the app's own answer;
 * - `not served`: nobody serves the host, as when a middleware of it does not exist, or its app has no ready pod;
 * - `unknown`: an error or no answer, which tells nothing about the login.
 */
export type Met = "login" | "refused" | "open" | "not served" | "unknown";

export interface Look {
	readonly host: string;
	readonly path: string;
	readonly met: Met;
	/** What was answered, for the reader. */
	readonly detail: string;
}

/** A host and the paths on it that should be behind a login. */
export interface HostWithLogin {
	readonly host: string;
	readonly paths: readonly string[];
}

/**
 * Asks hosts from outside, as somebody who has not logged in, what answers: an annotation only asks for a login, and the
 * ingress controller of the moment may not know it. Certificates are not verified, since nothing is sent.
 */
export async function lookWithoutLogin(
	hosts: readonly HostWithLogin[],
	options: LookOptions = {},
): Promise<Look[]> {
	const asked = hosts.flatMap(({ host, paths }) => paths.map((path) => look(host, path, options)));
	return Promise.all(asked);
}

/** Whether a protected host is as it should be: nothing but a login or a refusal. */
export const isGuarded = ({ met }: Pick<Look, "met">): boolean => met === "login" || met === "refused";

async function look(host: string, path: string, options: LookOptions): Promise<Look> {
	try {
		const { status, location, body } = await ask(host, path, options);
		const { met, detail } = judge(host, status, location, body);
		return { host, path, met, detail };
	} catch (error) {
		return { host, path, met: "unknown", detail: error instanceof Error ? error.message : String(error) };
	}
}

/** What the ingress controller says of a host that it does not know. */
const unknownHost = "404 page not found";

/** Where the identity provider's outpost answers on a host of its own app. */
const outpost = "/outpost.goauthentik.io/";

/** @param location header of a redirect, relative to the host or whole */
export function judge(
	host: string,
	status: number,
	location: string | undefined,
	body: string,
): Pick<Look, "met" | "detail"> {
	const detail = `${status}${location === undefined ? "" : ` to ${location}`}`;
	const met = (met: Met) => ({ met, detail });
	if (status === 401) return met("login");
	if (status === 403) return met("refused");
	if (status === 404 && body.trim() === unknownHost) return met("not served");
	if (status >= 500 || status === 429) return met("unknown");
	if (status >= 300 && status < 400 && location !== undefined && URL.canParse(location, `https://${host}`)) {
		const to = new URL(location, `https://${host}`);
		return met(to.hostname !== host || to.pathname.startsWith(outpost) ? "login" : "open");
	}
	return met("open");
}

interface Answered {
	readonly status: number;
	readonly location: string | undefined;
	readonly body: string;
}

/** Enough to tell the controller's own 404 by. */
const longestBody = 64 * 1024;

function ask(
	host: string,
	path: string,
	{ address = host, port = 443, within = 10_000 }: LookOptions,
): Promise<Answered> {
	const { promise, resolve, reject } = Promise.withResolvers<Answered>();
	const sent = request(
		{
			host: address,
			port,
			path,
			servername: host,
			rejectUnauthorized: false,
			agent: false,
			signal: AbortSignal.timeout(within),
			headers: { host, "user-agent": "Mozilla/5.0 (infra)", accept: "text/html" },
		},
		async (response) => {
			try {
				const { statusCode: status = 0, headers } = response;
				resolve({ status, location: headers.location, body: await beginning(response) });
			} catch (error) {
				reject(error);
			}
		},
	);
	sent.on("error", (error) =>
		reject(error.name === "AbortError" ? new Error(`no answer within ${within / 1000} s`) : error),
	);
	sent.end();
	return promise;
}

async function beginning(response: IncomingMessage): Promise<string> {
	const { "content-length": length = "0" } = response.headers;
	if (Number(length) > longestBody) {
		response.destroy();
		return "";
	}
	return text(response);
}

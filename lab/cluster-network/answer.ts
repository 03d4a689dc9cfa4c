import type { IncomingMessage, ServerResponse } from "node:http";
import type { Answerer } from "./directory.ts";

/** What a pod of the lab answers: who it is, and the request as it arrived. */
export interface PodAnswer extends Omit<Answerer, "answer"> {
	readonly method: string;
	readonly url: string;
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/**
 * Answers in the place of a pod. Its annotation `lab/answer` chooses how:
 *
 * - without one, 200 with a {@link PodAnswer}, and a cookie if the request asks for one as `?set-cookie=`;
 * - a status such as `500`: that, and nothing else;
 * - `none`: never;
 * - `login`: as a forward auth provider does, by a cookie `session` with the name of who is logged in.
 */
export function answer(answerer: Answerer, request: IncomingMessage, response: ServerResponse): void {
	const { answer: kind, ...who } = answerer;
	const { method = "", url = "", headers } = request;
	if (kind === "none") return;
	if (kind === "login") {
		const name = /(?:^|;\s*)session=([\w.-]+)/.exec(headers.cookie ?? "")?.[1];
		if (name === undefined) {
			const host = String(headers["x-forwarded-host"]);
			const back = `https://${host}${headers["x-forwarded-uri"]}`;
			const login = `https://login.${host.replace(/^[^.]*\./, "")}/`;
			response.writeHead(302, { location: `${login}?rd=${encodeURIComponent(back)}` }).end();
		} else response.writeHead(200, { "x-authentik-username": name }).end();
		return;
	}
	if (kind !== undefined) {
		response.writeHead(Number(kind)).end();
		return;
	}
	const cookie = new URL(url, "http://pod").searchParams.getAll("set-cookie");
	const body: PodAnswer = { ...who, method, url, headers };
	response
		.writeHead(200, {
			"content-type": "application/json",
			...(cookie.length > 0 ? { "set-cookie": cookie } : {}),
		})
		.end(JSON.stringify(body));
}

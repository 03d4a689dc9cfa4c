import { VisibleError } from "../../config/schema/visible-error.ts";
import type { ForgeAccount } from "./gitea.ts";

/** Keeps cookies between requests, those of each server apart, and follows nothing by itself. */
class Browser {
	readonly #cookies = new Map<string, Map<string, string>>();

	async open(
		url: string,
		form?: Readonly<Record<string, string>>,
		headers: Readonly<Record<string, string>> = {},
	) {
		const { origin } = new URL(url);
		const jar = this.#cookies.get(origin) ?? new Map<string, string>();
		this.#cookies.set(origin, jar);
		const response = await fetch(url, {
			method: form === undefined ? "GET" : "POST",
			redirect: "manual",
			headers: { cookie: [...jar.values()].join("; "), origin, ...headers },
			...(form === undefined ? {} : { body: new URLSearchParams(form) }),
			signal: AbortSignal.timeout(20_000),
		});
		for (const cookie of response.headers.getSetCookie()) {
			const [pair = ""] = cookie.split(";");
			jar.set(pair.slice(0, pair.indexOf("=")), pair);
		}
		const to = response.headers.get("location");
		return {
			ok: response.ok,
			text: await response.text(),
			to: to === null ? undefined : new URL(to, url).href,
		};
	}
}

/**
 * Logs in at a CI server by its forge, as somebody does with a browser.
 *
 * @param server address of the CI server
 * @param forge address of the forge
 * @returns the token of the account for the API of the CI server
 */
export async function ciToken(
	server: string,
	forge: string,
	{ login, password }: Pick<ForgeAccount, "login" | "password">,
): Promise<string> {
	const browser = new Browser();
	await browser.open(`${forge}/user/login`, { user_name: login, password });
	const begun = await browser.open(`${server}/authorize`);
	const asked = await browser.open(begun.to ?? "");
	// Only the first time: later it leads back at once.
	const granted =
		asked.to === undefined
			? await browser.open(`${forge}/login/oauth/grant`, { ...hiddenFields(asked.text), granted: "true" })
			: asked;
	await browser.open(granted.to ?? "");
	const { text: config } = await browser.open(`${server}/web-config.js`);
	const csrf = /WOODPECKER_CSRF = "([^"]*)"/.exec(config)?.[1] ?? "";
	const { ok, text } = await browser.open(`${server}/api/user/token`, {}, { "x-csrf-token": csrf });
	if (!ok) throw new VisibleError(`${login} gets no token of the CI server: ${text}`);
	return text;
}

function hiddenFields(page: string): Readonly<Record<string, string>> {
	const attribute = (tag: string, name: string) => new RegExp(`${name}="([^"]*)"`).exec(tag)?.[1] ?? "";
	return Object.fromEntries(
		[...page.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([tag]) => [
			attribute(tag, "name"),
			attribute(tag, "value").replaceAll("&amp;", "&"),
		]),
	);
}

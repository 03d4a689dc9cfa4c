import { VisibleError } from "../../config/schema/visible-error.ts";
import { exchange, isAddress, isToken, jsonObject, jsonValue } from "../http/exchange.ts";

/** Which CI server, and who asks: an administrator of the repository. */
export interface CiAccess {
	/** Address of the server in a browser, such as `https://ci.example.org`. */
	readonly address: string;
	readonly token: string;
}

/** Something that the server keeps, by name of its fields. */
export type Kept = Readonly<Record<string, unknown>>;

/** A run by the clock. */
export interface Cron {
	readonly name: string;
	/** Five fields of time, in UTC. */
	readonly schedule: string;
	readonly branch: string;
	readonly enabled: boolean;
	/** Variables that its steps get. */
	readonly variables: Readonly<Record<string, string>>;
}

/** The API of Woodpecker 3.17, as far as a repository's own settings go. Every method throws VisibleError for a refusal. */
export class CiServer {
	readonly #access: CiAccess;

	constructor(access: CiAccess) {
		if (!isAddress(access.address))
			throw new VisibleError("the address of the CI server: expected a URL without a login");
		if (!isToken(access.token))
			throw new VisibleError("the token for the CI server is empty, or has letters that no token has");
		this.#access = access;
	}

	/** @throws VisibleError when nobody has enabled it */
	async repository(name: string): Promise<Kept & { readonly id: number }> {
		const found = jsonObject(await this.#ask("GET", `/repos/lookup/${name}`));
		if (typeof found?.id !== "number") throw new VisibleError(`the CI server does not know ${name}`);
		return found as Kept & { readonly id: number };
	}

	async changeRepository(id: number, settings: Kept): Promise<void> {
		await this.#ask("PATCH", `/repos/${id}`, settings);
	}

	async crons(repository: number): Promise<(Cron & { readonly id: number })[]> {
		return (await this.#list(`/repos/${repository}/cron`)) as unknown as (Cron & { readonly id: number })[];
	}

	async makeCron(repository: number, cron: Cron): Promise<void> {
		await this.#ask("POST", `/repos/${repository}/cron`, { ...cron });
	}

	async changeCron(repository: number, id: number, cron: Cron): Promise<void> {
		await this.#ask("PATCH", `/repos/${repository}/cron/${id}`, { ...cron });
	}

	async deleteCron(repository: number, id: number): Promise<void> {
		await this.#ask("DELETE", `/repos/${repository}/cron/${id}`);
	}

	/** Names of the secrets that the repository itself has. */
	async secrets(repository: number): Promise<string[]> {
		return (await this.#list(`/repos/${repository}/secrets`)).map(({ name }) => String(name));
	}

	async #list(path: string): Promise<Kept[]> {
		const all: Kept[] = [];
		for (let page = 1; ; page++) {
			// Of nothing the server makes null.
			const entries = jsonValue(await this.#ask("GET", `${path}?page=${page}&perPage=50`)) ?? [];
			if (!Array.isArray(entries))
				throw new VisibleError(`GET ${path} of the CI server answers with no list`);
			all.push(...entries);
			if (entries.length < 50) return all;
		}
	}

	async #ask(method: string, path: string, body?: object): Promise<string> {
		const { address, token } = this.#access;
		const shown = `${method} ${address}/api${path}`;
		const { status, text } = await exchange({
			url: `${address.replace(/\/+$/, "")}/api${path}`,
			method,
			shown,
			headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
			...(body !== undefined && { body: JSON.stringify(body) }),
		});
		if (status >= 200 && status < 300) return text;
		const words = text.replaceAll(token, "<token>").slice(0, 300).trim();
		throw new VisibleError(`${shown} answers ${status}${words === "" ? "" : ` (${words})`}`);
	}
}

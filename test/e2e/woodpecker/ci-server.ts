import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

interface Secret {
	readonly name: string;
	readonly value: string;
	readonly events: readonly string[];
	readonly note: string;
}

interface Call {
	readonly method: string;
	readonly path: string;
	readonly body: Partial<Secret>;
}

export const apiToken = "api-token-of-a-test";

/** The secrets API of Woodpecker 3.17 (`server/api/*_secret.go`), in memory; it remembers what it was asked. */
export class CiServer {
	/** Secrets by scope, such as `orgs/7`, then by name. */
	readonly secrets: Record<string, Map<string, Secret>> = {};
	readonly calls: Call[] = [];
	/** Answers 500 to requests whose path matches. */
	broken: RegExp | undefined;
	readonly #server: Server;

	private constructor() {
		this.#server = createServer(async (request, response) => {
			const { status, body } = await this.#answer(request);
			response.writeHead(status, { "content-type": "application/json" }).end(body && JSON.stringify(body));
		});
	}

	static async start(): Promise<CiServer> {
		const ci = new CiServer();
		ci.#server.listen(0, "127.0.0.1");
		await once(ci.#server, "listening");
		return ci;
	}

	get url(): string {
		return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
	}

	/** As an administrator would make one by hand. */
	add(scope: string, secret: Secret): void {
		this.secrets[scope] ??= new Map();
		this.secrets[scope].set(secret.name, secret);
	}

	/** Values by name. */
	values(scope: string): Record<string, string> {
		return Object.fromEntries([...(this.secrets[scope] ?? [])].map(([name, { value }]) => [name, value]));
	}

	/** What has changed something, such as `PATCH /api/secrets/name`. */
	get writes(): string[] {
		return this.calls.filter(({ method }) => method !== "GET").map(({ method, path }) => `${method} ${path}`);
	}

	stop(): void {
		this.#server.close();
	}

	async #answer(request: IncomingMessage): Promise<{ status: number; body?: unknown }> {
		const url = new URL(request.url ?? "", this.url);
		const method = request.method ?? "";
		const hasBody = method === "POST" || method === "PATCH";
		const body = hasBody ? ((await json(request)) as Partial<Secret>) : {};
		this.calls.push({ method, path: url.pathname, body });
		if (request.headers.authorization !== `Bearer ${apiToken}`) return { status: 401 };
		if (this.broken?.test(`${method} ${url.pathname}`)) return { status: 500 };
		const lookup = /^\/api\/(orgs|repos)\/lookup\/(.+)$/.exec(url.pathname);
		if (lookup) {
			const ids: Record<string, number> = { team: 7, "alice/shop": 42 };
			const id = ids[lookup[2] ?? ""];
			return id === undefined ? { status: 404 } : { status: 200, body: { id } };
		}
		const [, scope = "global", name] =
			/^\/api\/(?:((?:orgs|repos)\/\d+)\/)?secrets(?:\/([^/]+))?$/.exec(url.pathname) ?? [];
		this.secrets[scope] ??= new Map();
		const known = this.secrets[scope];
		const key = decodeURIComponent(name ?? "");
		if (method === "GET") {
			const page = Number(url.searchParams.get("page"));
			const all = [...known.values()].map(({ value: _, ...shown }) => shown);
			return { status: 200, body: all.slice((page - 1) * 50, page * 50) };
		}
		if (method === "POST") return this.#store(known, body as Secret);
		const before = known.get(key);
		if (before === undefined) return { status: 404 };
		if (method === "PATCH") return this.#store(known, { ...before, ...body });
		known.delete(key);
		return { status: 204 };
	}

	#store(known: Map<string, Secret>, secret: Secret) {
		if (!secret.name || !secret.value || secret.events.length === 0) return { status: 422 };
		known.set(secret.name, secret);
		return { status: 200, body: { ...secret, value: undefined } };
	}
}

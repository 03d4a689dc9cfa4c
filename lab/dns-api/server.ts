import { createServer, type Server } from "node:http";
import { json } from "node:stream/consumers";
import { Refusal, toAnswer, Zone } from "./zone.ts";

/** Initial data of the stand-in. */
export interface DnsApiSettings {
	readonly token: string;
	readonly domain: string;
	readonly zoneId: string;
	readonly accountId: string;
	readonly tunnelId: string;
}

/** Prefix of all routes. */
export const apiPath = "/client/v4";

interface Request {
	readonly method: string;
	readonly path: string;
	readonly query: URLSearchParams;
	readonly body: unknown;
}

/**
 * A stand-in for the API of Cloudflare, in memory: one zone with records and settings, and the configuration of one
 * tunnel. It implements the requests of the provider (API reference, version 4).
 */
export function dnsApi(settings: DnsApiSettings): Server {
	const { token, domain, zoneId, accountId, tunnelId } = settings;
	const zone = new Zone(zoneId, domain);
	const started = new Date().toISOString();
	const zoneSettings = new Map<string, unknown>();
	const tunnel = { account_id: accountId, tunnel_id: tunnelId, source: "cloudflare", version: 0 };
	let tunnelConfig: unknown = null;

	/** The result of a request, or undefined where there is no route. */
	function result({ method, path, query, body }: Request): unknown {
		const [resource = "", id = "", part = "", ...rest] = path.slice(apiPath.length + 1).split("/");
		if (resource === "zones" && id === "" && method === "GET")
			return new Page(
				query,
				[{ id: zoneId, name: domain }].filter(({ name }) => name === (query.get("name") ?? name)),
			);
		if (resource === "zones" && id === zone.id && part === "dns_records") {
			const [record = ""] = rest;
			if (record === "") {
				if (method === "GET") return new Page(query, zone.records.map(toAnswer));
				return method === "POST" ? toAnswer(zone.put(body)) : undefined;
			}
			if (method === "GET") return toAnswer(zone.record(record));
			if (method === "PUT") return toAnswer(zone.put(body, record));
			if (method !== "DELETE") return undefined;
			zone.remove(record);
			return { id: record };
		}
		if (resource === "zones" && id === zone.id && part === "settings") {
			const [setting = ""] = rest;
			if (method === "PATCH") zoneSettings.set(setting, (body as { value?: unknown }).value);
			else if (method !== "GET") return undefined;
			return { id: setting, value: zoneSettings.get(setting) ?? "off", editable: true, modified_on: null };
		}
		if (path === `${apiPath}/accounts/${accountId}/cfd_tunnel/${tunnelId}/configurations`) {
			if (method === "PUT") {
				tunnelConfig = (body as { config?: unknown }).config;
				tunnel.version += 1;
			} else if (method !== "GET") return undefined;
			return { ...tunnel, config: tunnelConfig, created_at: started };
		}
		return undefined;
	}

	return createServer(async (request, response) => {
		const { pathname: path, searchParams: query } = new URL(request.url ?? "", "http://stand-in");
		const { method = "GET" } = request;
		let status = 200;
		let answer: object;
		try {
			if (request.headers.authorization !== `Bearer ${token}`)
				throw new Refusal(403, 10_000, "Authentication error");
			const hasBody = method === "POST" || method === "PUT" || method === "PATCH";
			const found = result({ method, path, query, body: hasBody ? await json(request) : undefined });
			if (found === undefined) throw new Refusal(404, 7003, `No route for ${method} ${path}`);
			answer = {
				success: true,
				errors: [],
				messages: [],
				...(found instanceof Page ? found : { result: found }),
			};
		} catch (error) {
			const { code, message } = error instanceof Refusal ? error : new Refusal(400, 6003, String(error));
			status = error instanceof Refusal ? error.status : 400;
			answer = { success: false, errors: [{ code, message }], messages: [], result: null };
		}
		process.stdout.write(`${method} ${path} ${status}\n`);
		response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
	});
}

/** A page of a list, and where it is in the list (API reference, "Pagination"). */
class Page {
	readonly result: readonly unknown[];
	readonly result_info: Readonly<Record<string, number>>;

	constructor(query: URLSearchParams, all: readonly unknown[]) {
		const [page, size] = [Number(query.get("page") ?? "1"), Number(query.get("per_page") ?? "100")];
		this.result = all.slice((page - 1) * size, page * size);
		this.result_info = {
			page,
			per_page: size,
			count: this.result.length,
			total_count: all.length,
			total_pages: Math.ceil(all.length / size),
		};
	}
}

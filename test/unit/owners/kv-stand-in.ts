import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { onTestFinished } from "vitest";

/** What a stand-in answers instead of doing what it was asked. */
export interface Refusal {
	readonly status: number;
	readonly body: string;
}

/** One entry of a KV version 2 engine with its check and set, over HTTP on loopback. */
export class KvStandIn {
	data: Record<string, unknown>;
	version = 1;
	/** Answers to coming requests, by method; when there is none left the stand-in does its work. */
	readonly refusals: { GET: Refusal[]; PATCH: Refusal[] } = { GET: [], PATCH: [] };
	/** Called between the read and the write of a change. */
	beforeWrite: () => void = () => {};
	writes = 0;
	address = "";

	constructor(data: Record<string, unknown>) {
		this.data = data;
	}

	async start(): Promise<this> {
		const server = createServer(async (request, response) => {
			const method = request.method as "GET" | "PATCH";
			const refusal = this.refusals[method].shift();
			const body = method === "PATCH" ? await json(request) : undefined;
			const { status, body: text } = refusal ?? this.#answer(body);
			response.writeHead(status).end(text);
		}).listen(0, "127.0.0.1");
		await once(server, "listening");
		onTestFinished(() => void server.close());
		this.address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
		return this;
	}

	#answer(body: unknown): Refusal {
		if (body === undefined)
			return {
				status: 200,
				body: JSON.stringify({ data: { data: this.data, metadata: { version: this.version } } }),
			};
		this.beforeWrite();
		const { options, data } = body as { options: { cas: number }; data: Record<string, unknown> };
		if (options.cas !== this.version)
			return {
				status: 400,
				body: JSON.stringify({
					errors: ["check-and-set parameter did not match the current version"],
				}),
			};
		this.data = { ...this.data, ...data };
		this.version++;
		this.writes++;
		return { status: 200, body: "{}" };
	}
}

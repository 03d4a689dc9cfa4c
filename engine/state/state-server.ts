import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What Terraform says of a lock that it wants. */
export interface LockRequest {
	readonly ID: string;
	/** `OperationTypeApply` and the like. */
	readonly Operation: string;
}

export interface Answer {
	readonly status: number;
	readonly body?: string;
}

/** What the server does; calls come one after the other. */
export interface StateHandlers {
	readonly get: () => Promise<Answer>;
	/** @param lock id of the lock under which it is written; undefined without one */
	readonly post: (text: string, lock: string | undefined) => Promise<Answer>;
	readonly lock: (request: LockRequest, raw: string) => Promise<Answer>;
	readonly unlock: (request: Partial<LockRequest>) => Promise<Answer>;
}

/** A backend of the type `http` for one run of one stack. */
export interface StateServer {
	/** Variables that tell Terraform and OpenTofu where it is, and how to log in. */
	readonly environment: Readonly<Record<string, string>>;
	/** Ends it, after what it is at. */
	readonly close: () => Promise<void>;
}

/** Bytes of the longest state that is taken. */
const longest = 512 * 1024 ** 2;

/** Starts a server on a free port of 127.0.0.1, with a path and a password that nobody can guess. */
export async function startStateServer(handlers: StateHandlers): Promise<StateServer> {
	const path = `/${randomBytes(24).toString("hex")}`;
	const password = randomBytes(24).toString("hex");
	const login = Buffer.from(`Basic ${Buffer.from(`infra:${password}`).toString("base64")}`);
	let last: Promise<unknown> = Promise.resolve();
	const server = createServer((request, response) => {
		const url = new URL(request.url ?? "/", "http://127.0.0.1");
		if (!isLogin(request, login)) return answer(response, { status: 401 });
		if (url.pathname !== path) return answer(response, { status: 404 });
		const task = async () => {
			try {
				answer(response, await handle(request, url, handlers));
			} catch (error) {
				answer(response, { status: 500, body: (error as Error).message });
			}
		};
		last = last.then(task);
	});
	await new Promise<void>((resolve, reject) => {
		server.on("error", reject).listen(0, "127.0.0.1", resolve);
	});
	const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
	return {
		environment: {
			TF_HTTP_ADDRESS: address,
			TF_HTTP_LOCK_ADDRESS: address,
			TF_HTTP_UNLOCK_ADDRESS: address,
			TF_HTTP_USERNAME: "infra",
			TF_HTTP_PASSWORD: password,
		},
		close: async () => {
			await last;
			await closed(server);
		},
	};
}

function isLogin({ headers }: IncomingMessage, login: Buffer): boolean {
	const given = Buffer.from(headers.authorization ?? "");
	return given.length === login.length && timingSafeEqual(given, login);
}

async function handle(request: IncomingMessage, url: URL, handlers: StateHandlers): Promise<Answer> {
	const body = await textOf(request);
	switch (request.method) {
		case "GET":
			return handlers.get();
		case "POST":
			return handlers.post(body, url.searchParams.get("ID") ?? undefined);
		case "LOCK":
			return handlers.lock(JSON.parse(body), body);
		case "UNLOCK":
			return handlers.unlock(body === "" ? {} : JSON.parse(body));
		default:
			// Terraform deletes a state only with its workspace.
			return { status: 405 };
	}
}

async function textOf(request: IncomingMessage): Promise<string> {
	const chunks: Buffer[] = [];
	let size = 0;
	for await (const chunk of request) {
		size += chunk.length;
		if (size > longest) throw new Error(`the state has more than ${longest / 1024 ** 2} MiB`);
		chunks.push(chunk);
	}
	return Buffer.concat(chunks).toString("utf8");
}

function answer(response: ServerResponse, { status, body = "" }: Answer): void {
	response.writeHead(status, { "Content-Type": "application/json" }).end(body);
}

function closed(server: Server): Promise<void> {
	return new Promise((resolve) => {
		server.close(() => resolve());
		server.closeAllConnections();
	});
}

import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { findProgram } from "../../../lab/find-program.ts";
import { Daemon } from "./daemon.ts";
import { freePort } from "./free-port.ts";
import type { GiteaServer } from "./gitea-server.ts";
import { waitFor } from "./wait-for.ts";

/** Programs that a CI server with an agent consists of here. */
export const woodpeckerPrograms = ["woodpecker-server", "woodpecker-agent"];

export interface Pipeline {
	readonly number: number;
	readonly status: string;
	readonly event: string;
	readonly branch: string;
	readonly commit: string;
}

const ended = new Set(["success", "failure", "killed", "error", "declined"]);

/** Environment of an agent whose steps are processes of its own, without any container. */
export function localSteps(folder: string, programs: string): Readonly<Record<string, string>> {
	const work = join(folder, "work");
	mkdirSync(work, { recursive: true });
	return {
		// Steps find them first, such as the plugin that clones.
		PATH: [programs, process.env.PATH].join(delimiter),
		WOODPECKER_BACKEND: "local",
		WOODPECKER_BACKEND_LOCAL_TEMP_DIR: work,
		WOODPECKER_MAX_WORKFLOWS: "2",
	};
}

/** A real Woodpecker server on loopback, with an agent. */
export class WoodpeckerServer {
	readonly address: string;
	/** Token of the administrator. */
	token = "";
	readonly #daemons: Daemon[] = [];

	private constructor(address: string) {
		this.address = address;
	}

	/** @param agent its environment: which workflows it takes, and how it runs their steps */
	static async start(
		folder: string,
		gitea: GiteaServer,
		agent: Readonly<Record<string, string>>,
	): Promise<WoodpeckerServer> {
		const [http, grpc, health] = await Promise.all([freePort(), freePort(), freePort()]);
		const server = new WoodpeckerServer(`http://127.0.0.1:${http}`);
		const { client_id, client_secret } = await gitea.ask("POST", "/user/applications/oauth2", {
			name: "ci",
			confidential_client: true,
			redirect_uris: [`${server.address}/authorize`],
		});
		const secret = randomBytes(16).toString("hex");
		server.#run("woodpecker-server", folder, {
			WOODPECKER_HOST: server.address,
			WOODPECKER_SERVER_ADDR: `127.0.0.1:${http}`,
			WOODPECKER_GRPC_ADDR: `127.0.0.1:${grpc}`,
			WOODPECKER_DATABASE_DRIVER: "sqlite3",
			WOODPECKER_DATABASE_DATASOURCE: join(folder, "woodpecker.db"),
			WOODPECKER_AGENT_SECRET: secret,
			WOODPECKER_ADMIN: "author",
			WOODPECKER_OPEN: "true",
			WOODPECKER_GITEA: "true",
			WOODPECKER_GITEA_URL: gitea.address,
			WOODPECKER_GITEA_CLIENT: client_id,
			WOODPECKER_GITEA_SECRET: client_secret,
			WOODPECKER_DISABLE_VERSION_CHECK: "true",
		});
		const up = async () => (await fetch(`${server.address}/healthz`)).ok;
		await waitFor("Woodpecker answers", up, { within: 30_000 });
		server.token = await login(server.address, gitea);
		server.#run("woodpecker-agent", folder, {
			...agent,
			WOODPECKER_SERVER: `127.0.0.1:${grpc}`,
			WOODPECKER_AGENT_SECRET: secret,
			WOODPECKER_AGENT_CONFIG_FILE: "",
			WOODPECKER_HEALTHCHECK_ADDR: `127.0.0.1:${health}`,
			WOODPECKER_HOSTNAME: "agent",
		});
		return server;
	}

	// biome-ignore lint/suspicious/noExplicitAny: answers are read by name
	async ask(method: string, path: string, body?: object, token = this.token): Promise<any> {
		const response = await fetch(`${this.address}/api${path}`, {
			method,
			headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
			...(body && { body: JSON.stringify(body) }),
			signal: AbortSignal.timeout(30_000),
		});
		const answer = await response.text();
		if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${answer}`);
		return answer === "" ? undefined : parsed(answer);
	}

	/** Pipelines of a repository, the newest first. */
	async pipelines(repository: number): Promise<Pipeline[]> {
		return (await this.ask("GET", `/repos/${repository}/pipelines?perPage=50`)) ?? [];
	}

	/** Waits until a pipeline has ended. */
	async end(repository: number, number: number): Promise<Pipeline> {
		return waitFor(
			`pipeline ${number} has ended`,
			async () => {
				const pipeline = await this.ask("GET", `/repos/${repository}/pipelines/${number}`);
				return ended.has(pipeline.status) && (pipeline as Pipeline);
			},
			{ within: 110_000, every: 200 },
		);
	}

	/** What the steps of a pipeline have said; it arrives a moment after they have ended. */
	async log(repository: number, number: number): Promise<string> {
		const { workflows = [] } = await this.ask("GET", `/repos/${repository}/pipelines/${number}`);
		const steps = workflows.flatMap(
			({ children = [], error }: { children?: { id: number }[]; error?: string }) =>
				error ? [] : children.map(({ id }) => id),
		);
		const logs = await Promise.all(
			steps.map((step: number) => this.ask("GET", `/repos/${repository}/logs/${number}/${step}`)),
		);
		return logs
			.flatMap((lines) => lines ?? [])
			.map(({ data }: { data?: string }) => Buffer.from(data ?? "", "base64").toString("utf8"))
			.join("\n");
	}

	async stop(): Promise<void> {
		await Promise.all(this.#daemons.map((daemon) => daemon.stop()));
	}

	#run(name: string, folder: string, env: NodeJS.ProcessEnv): void {
		this.#daemons.push(
			new Daemon(findProgram(name) ?? name, [], {
				logFile: join(folder, `${name}.log`),
				env: { PATH: process.env.PATH, HOME: folder, ...env },
			}),
		);
	}
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}

/** Logs in as a browser would, by the forge, and takes the token of the account. */
async function login(address: string, gitea: GiteaServer): Promise<string> {
	const jars = new Map<string, Map<string, string>>();
	const visit = async (url: string, form?: Record<string, string>) => {
		const { origin } = new URL(url);
		const jar = jars.get(origin) ?? new Map<string, string>();
		jars.set(origin, jar);
		const response = await fetch(url, {
			redirect: "manual",
			method: form ? "POST" : "GET",
			headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; ") },
			...(form && { body: new URLSearchParams(form) }),
		});
		for (const cookie of response.headers.getSetCookie()) {
			const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
			jar.set(name, value);
		}
		const location = response.headers.get("location");
		return { text: await response.text(), next: location && new URL(location, url).href };
	};
	await visit(`${gitea.address}/user/login`, { user_name: "author", password: gitea.author.password });
	const { next: asks } = await visit(`${address}/authorize`);
	const consent = await visit(asks ?? "");
	const fields = [...consent.text.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].flatMap(([tag]) => {
		const name = /name="([^"]*)"/.exec(tag)?.[1];
		const value = /value="([^"]*)"/.exec(tag)?.[1] ?? "";
		return name === undefined ? [] : [[name, value.replaceAll("&amp;", "&")] as const];
	});
	const granted = consent.next
		? consent
		: await visit(`${gitea.address}/login/oauth/grant`, { ...Object.fromEntries(fields), granted: "true" });
	await visit(granted.next ?? "");
	const csrf = /WOODPECKER_CSRF = "([^"]*)"/.exec((await visit(`${address}/web-config.js`)).text)?.[1] ?? "";
	const jar = jars.get(address) ?? new Map();
	const response = await fetch(`${address}/api/user/token`, {
		method: "POST",
		headers: {
			"x-csrf-token": csrf,
			cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; "),
		},
	});
	if (!response.ok) throw new Error(`no token of the CI server: ${response.status} ${await response.text()}`);
	return response.text();
}

import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "../../../lab/find-program.ts";
import { Daemon } from "../harness/daemon.ts";
import { freePort } from "../harness/free-port.ts";
import { GiteaServer } from "../harness/gitea-server.ts";
import { waitFor } from "../harness/wait-for.ts";

export const woodpeckerPrograms = ["gitea", "woodpecker-server", "woodpecker-agent"] as const;

// biome-ignore lint/suspicious/noExplicitAny: answers are read by name
type Answer = any;

/** A person with a login at the forge and at the CI server. */
export interface Person {
	readonly login: string;
	/** Token for the API of the CI server. */
	readonly token: string;
	readonly ask: (method: string, path: string, body?: object) => Promise<Answer>;
}

/** Keeps cookies between requests, and follows nothing by itself. */
class Browser {
	readonly #cookies = new Map<string, string>();

	async open(url: string, form?: Readonly<Record<string, string>>, headers: Record<string, string> = {}) {
		const { origin } = new URL(url);
		const response = await fetch(url, {
			method: form === undefined ? "GET" : "POST",
			redirect: "manual",
			headers: { cookie: [...this.#cookies.values()].join("; "), origin, ...headers },
			...(form === undefined ? {} : { body: new URLSearchParams(form) }),
			signal: AbortSignal.timeout(20_000),
		});
		for (const cookie of response.headers.getSetCookie()) {
			const [pair = ""] = cookie.split(";");
			this.#cookies.set(pair.slice(0, pair.indexOf("=")), pair);
		}
		const to = response.headers.get("location");
		return { text: await response.text(), to: to === null ? undefined : new URL(to, url).href };
	}
}

/** A real forge and a real CI server, whose agents run steps as plain processes. */
export class WoodpeckerWorld {
	readonly address: string;
	/** Secret of system agents. */
	readonly secret = randomBytes(16).toString("hex");
	readonly #folder: string;
	readonly #forge: GiteaServer;
	readonly #grpc: number;
	readonly #settings: NodeJS.ProcessEnv;
	#server: Daemon | undefined;
	readonly #agents = new Set<Daemon>();
	#started = 0;

	private constructor(
		folder: string,
		forge: GiteaServer,
		ports: readonly [http: number, grpc: number],
		app: Answer,
	) {
		const [http, grpc] = ports;
		this.address = `http://127.0.0.1:${http}`;
		this.#folder = folder;
		this.#forge = forge;
		this.#grpc = grpc;
		this.#settings = {
			PATH: process.env.PATH,
			HOME: folder,
			WOODPECKER_HOST: this.address,
			WOODPECKER_SERVER_ADDR: `127.0.0.1:${http}`,
			WOODPECKER_GRPC_ADDR: `127.0.0.1:${grpc}`,
			WOODPECKER_GRPC_SECRET: randomBytes(16).toString("hex"),
			WOODPECKER_DATABASE_DRIVER: "sqlite3",
			WOODPECKER_DATABASE_DATASOURCE: join(folder, "woodpecker.db"),
			WOODPECKER_ADMIN: "operator",
			WOODPECKER_OPEN: "true",
			WOODPECKER_GITEA: "true",
			WOODPECKER_GITEA_URL: forge.address,
			WOODPECKER_GITEA_CLIENT: app.client_id,
			WOODPECKER_GITEA_SECRET: app.client_secret,
			WOODPECKER_EXTENSIONS_ALLOWED_HOSTS: "loopback",
			WOODPECKER_DISABLE_VERSION_CHECK: "true",
			WOODPECKER_DISABLE_USER_AGENT_REGISTRATION: "false",
			WOODPECKER_LOG_LEVEL: "info",
		};
	}

	static async start(folder: string): Promise<WoodpeckerWorld> {
		mkdirSync(join(folder, "forge"));
		const forge = await GiteaServer.start(join(folder, "forge"));
		const ports = [await freePort(), await freePort()] as const;
		const authorization = `token ${forge.author.token}`;
		const app = await asked(`${forge.address}/api/v1/user/applications/oauth2`, "POST", authorization, {
			name: "ci",
			confidential_client: true,
			redirect_uris: [`http://127.0.0.1:${ports[0]}/authorize`],
		});
		const world = new WoodpeckerWorld(folder, forge, ports, app);
		await world.serve(world.secret);
		return world;
	}

	/** Starts the server, anew if it runs, with a secret of system agents. */
	async serve(secret: string): Promise<void> {
		await this.#server?.stop();
		this.#server = new Daemon(findProgram("woodpecker-server") ?? "", [], {
			logFile: join(this.#folder, "server.log"),
			env: { ...this.#settings, WOODPECKER_AGENT_SECRET: secret },
		});
		await waitFor("the CI server answers", async () => (await fetch(`${this.address}/healthz`)).ok, {
			within: 30_000,
		});
	}

	/** Makes a login at the forge, and logs in at the CI server with it. */
	async person(login: string): Promise<Person> {
		const password = randomBytes(12).toString("hex");
		const forge = this.#forge.address;
		await asked(`${forge}/api/v1/admin/users`, "POST", `token ${this.#forge.author.token}`, {
			username: login,
			password,
			email: `${login}@example.com`,
			must_change_password: false,
		});
		const browser = new Browser();
		await browser.open(`${forge}/user/login`);
		await browser.open(`${forge}/user/login`, { user_name: login, password });
		const begin = await browser.open(`${this.address}/authorize`);
		let back = await browser.open(begin.to ?? "");
		if (back.to === undefined) {
			const fields = [...back.text.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([tag]) => [
				/name="([^"]*)"/.exec(tag)?.[1] ?? "",
				/value="([^"]*)"/.exec(tag)?.[1]?.replaceAll("&amp;", "&") ?? "",
			]);
			back = await browser.open(`${forge}/login/oauth/grant`, {
				...Object.fromEntries(fields),
				granted: "true",
			});
		}
		await browser.open(back.to ?? "");
		const { text: config } = await browser.open(`${this.address}/web-config.js`);
		const csrf = /WOODPECKER_CSRF = "([^"]*)"/.exec(config)?.[1] ?? "";
		const { text: token } = await browser.open(
			`${this.address}/api/user/token`,
			{},
			{ "X-CSRF-TOKEN": csrf },
		);
		const basic = `Basic ${Buffer.from(`${login}:${password}`).toString("base64")}`;
		return {
			login,
			token,
			ask: (method, path, body) =>
				path.startsWith("/api/v1/")
					? asked(`${forge}${path}`, method, basic, body)
					: asked(`${this.address}${path}`, method, `Bearer ${token}`, body),
		};
	}

	/** Makes a repository with a workflow, and enables it; the answer is its id at the CI server. */
	async repository({ login, ask }: Person, name: string, workflow: string): Promise<number> {
		const { id } = await ask("POST", "/api/v1/user/repos", { name, auto_init: true, default_branch: "main" });
		await ask("POST", `/api/v1/repos/${login}/${name}/contents/.woodpecker.yaml`, {
			content: Buffer.from(workflow).toString("base64"),
			message: "A workflow",
			branch: "main",
		});
		return (await ask("POST", `/api/repos?forge_remote_id=${id}`)).id;
	}

	/** Starts a pipeline by hand. */
	async run(
		{ ask }: Person,
		repository: number,
	): Promise<{ ended: () => Promise<string>; status: () => Promise<string> }> {
		const { number } = await ask("POST", `/api/repos/${repository}/pipelines`, { branch: "main" });
		const status = async () => (await ask("GET", `/api/repos/${repository}/pipelines/${number}`)).status;
		const ended = async () =>
			await waitFor(
				`pipeline ${number} of repository ${repository} ends`,
				async () => {
					const now = await status();
					return now !== "pending" && now !== "running" && now !== "created" && now;
				},
				{ within: 20_000, every: 100 },
			);
		return { ended, status };
	}

	/** An agent that claims labels; `id` is the one that it says it is. */
	async agent(secret: string, labels: string, id?: number): Promise<Daemon> {
		const name = `agent-${++this.#started}`;
		const folder = join(this.#folder, name);
		mkdirSync(folder);
		const config = join(folder, "agent.conf");
		if (id !== undefined) writeFileSync(config, JSON.stringify({ agent_id: id }));
		const agent = new Daemon(findProgram("woodpecker-agent") ?? "", [], {
			logFile: join(this.#folder, `${name}.log`),
			env: {
				PATH: process.env.PATH,
				HOME: folder,
				WOODPECKER_SERVER: `127.0.0.1:${this.#grpc}`,
				WOODPECKER_AGENT_SECRET: secret,
				WOODPECKER_AGENT_LABELS: labels,
				WOODPECKER_AGENT_CONFIG_FILE: id === undefined ? "" : config,
				WOODPECKER_BACKEND: "local",
				WOODPECKER_BACKEND_LOCAL_TEMP_DIR: folder,
				WOODPECKER_HEALTHCHECK_ADDR: `127.0.0.1:${await freePort()}`,
				WOODPECKER_HOSTNAME: name,
				WOODPECKER_MAX_WORKFLOWS: "1",
				WOODPECKER_CONNECT_RETRY_COUNT: "1",
			},
		});
		this.#agents.add(agent);
		return agent;
	}

	async stop(): Promise<void> {
		await Promise.all([...this.#agents].map((agent) => agent.stop()));
		await this.#server?.stop();
		await this.#forge.stop();
	}
}

async function asked(url: string, method: string, authorization: string, body?: object): Promise<Answer> {
	const response = await fetch(url, {
		method,
		headers: { authorization, "content-type": "application/json" },
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
		signal: AbortSignal.timeout(20_000),
	});
	const text = await response.text();
	if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`);
	return text === "" ? undefined : JSON.parse(text);
}

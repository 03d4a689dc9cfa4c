import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LabProgram } from "../../../lab/control-plane.ts";
import { findProgram } from "../../../lab/find-program.ts";
import { type AnswerByName, askJson } from "../../../lab/forge/ask-json.ts";
import { ciToken } from "../../../lab/forge/ci-login.ts";
import { Woodpecker } from "../../../lab/forge/woodpecker.ts";
import { Daemon } from "../harness/daemon.ts";
import { freePort } from "../harness/free-port.ts";
import { GiteaServer } from "../harness/gitea-server.ts";
import { waitFor } from "../harness/wait-for.ts";

export const woodpeckerPrograms = ["gitea", "woodpecker-server", "woodpecker-agent"] as const;

/** A person with a login at the forge and at the CI server. */
export interface Person {
	readonly login: string;
	/** Token for the API of the CI server. */
	readonly token: string;
	readonly ask: (method: string, path: string, body?: object) => Promise<AnswerByName>;
}

/** A real forge and a real CI server, whose agents run steps as plain processes. */
export class WoodpeckerWorld {
	/** Secret of system agents. */
	readonly secret = randomBytes(16).toString("hex");
	readonly #folder: string;
	readonly #forge: GiteaServer;
	readonly #woodpecker: Woodpecker;
	#server: Daemon | undefined;
	readonly #agents = new Set<Daemon>();
	#started = 0;

	private constructor(folder: string, forge: GiteaServer, woodpecker: Woodpecker) {
		this.#folder = folder;
		this.#forge = forge;
		this.#woodpecker = woodpecker;
	}

	static async start(folder: string): Promise<WoodpeckerWorld> {
		mkdirSync(join(folder, "forge"));
		const forge = await GiteaServer.start(join(folder, "forge"));
		const woodpecker = await Woodpecker.prepare({
			folder,
			ports: { http: await freePort(), grpc: await freePort() },
			forge: { address: forge.address, token: forge.author.token },
			settings: {
				WOODPECKER_ADMIN: "operator",
				WOODPECKER_OPEN: "true",
				WOODPECKER_DISABLE_USER_AGENT_REGISTRATION: "false",
				WOODPECKER_LOG_LEVEL: "info",
			},
		});
		const world = new WoodpeckerWorld(folder, forge, woodpecker);
		await world.serve(world.secret);
		return world;
	}

	get address(): string {
		return this.#woodpecker.address;
	}

	/** Starts the server, anew if it runs, with a secret of system agents. */
	async serve(secret: string): Promise<void> {
		await this.#server?.stop();
		this.#server = this.#run(this.#woodpecker.server(secret), "server", this.#folder);
		await waitFor("the CI server answers", () => this.#woodpecker.isReady(), { within: 60_000 });
	}

	/** Makes a login at the forge, and logs in at the CI server with it. */
	async person(login: string): Promise<Person> {
		const account = await this.#forge.account(login);
		const { address: forge } = this.#forge;
		const token = await ciToken(this.address, forge, account);
		const basic = `Basic ${Buffer.from(`${login}:${account.password}`).toString("base64")}`;
		return {
			login,
			token,
			ask: (method, path, body) =>
				path.startsWith("/api/v1/")
					? askJson(`${forge}${path}`, { method, authorization: basic, body })
					: askJson(`${this.address}${path}`, { method, authorization: `Bearer ${token}`, body }),
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
				{ within: 60_000, every: 100 },
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
		const program = this.#woodpecker.agent(secret, await freePort(), {
			WOODPECKER_AGENT_LABELS: labels,
			...(id === undefined ? {} : { WOODPECKER_AGENT_CONFIG_FILE: config }),
			WOODPECKER_BACKEND: "local",
			WOODPECKER_BACKEND_LOCAL_TEMP_DIR: folder,
			WOODPECKER_HOSTNAME: name,
			WOODPECKER_MAX_WORKFLOWS: "1",
		});
		const agent = this.#run(program, name, folder);
		this.#agents.add(agent);
		return agent;
	}

	#run({ names, args, env }: LabProgram, name: string, home: string): Daemon {
		return new Daemon(findProgram(...names) ?? "", args, {
			logFile: join(this.#folder, `${name}.log`),
			env: { PATH: process.env.PATH, HOME: home, ...env },
		});
	}

	async stop(): Promise<void> {
		await Promise.all([...this.#agents].map((agent) => agent.stop()));
		await this.#server?.stop();
		await this.#forge.stop();
	}
}

import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { LabProgram } from "../../../lab/control-plane.ts";
import { findProgram } from "../../../lab/find-program.ts";
import type { AnswerByName } from "../../../lab/forge/ask-json.ts";
import { ciToken } from "../../../lab/forge/ci-login.ts";
import { askCi, Woodpecker } from "../../../lab/forge/woodpecker.ts";
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

/** The CI server of the lab, with an agent. */
export class WoodpeckerServer {
	readonly address: string;
	/** Token of the administrator. */
	token = "";
	readonly #folder: string;
	readonly #daemons: Daemon[] = [];

	private constructor(folder: string, address: string) {
		this.#folder = folder;
		this.address = address;
	}

	/** @param agent its environment: which workflows it takes, and how it runs their steps */
	static async start(
		folder: string,
		gitea: GiteaServer,
		agent: Readonly<Record<string, string>>,
	): Promise<WoodpeckerServer> {
		const [http, grpc, health] = await Promise.all([freePort(), freePort(), freePort()]);
		const woodpecker = await Woodpecker.prepare({
			folder,
			ports: { http, grpc },
			forge: { address: gitea.address, token: gitea.author.token },
			settings: { WOODPECKER_ADMIN: "author", WOODPECKER_OPEN: "true" },
		});
		const server = new WoodpeckerServer(folder, woodpecker.address);
		const secret = randomBytes(16).toString("hex");
		server.#run(woodpecker.server(secret));
		await waitFor("Woodpecker answers", () => woodpecker.isReady(), { within: 60_000 });
		server.token = await ciToken(server.address, gitea.address, gitea.author);
		server.#run(woodpecker.agent(secret, health, agent));
		return server;
	}

	ask(method: string, path: string, body?: object, token = this.token): Promise<AnswerByName> {
		return askCi({ address: this.address, token }, method, path, body);
	}

	/**
	 * Pipelines of a repository, the newest first, once none is "created" only: the server makes a pipeline of every push
	 * before it looks into the workflows, and takes it back when none of them is meant.
	 */
	async pipelines(repository: number): Promise<Pipeline[]> {
		return waitFor(
			"the server knows which pipelines it runs",
			async () => {
				const all: Pipeline[] = (await this.ask("GET", `/repos/${repository}/pipelines?perPage=50`)) ?? [];
				return all.every(({ status }) => status !== "created") && all;
			},
			{ within: 30_000, every: 100 },
		);
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

	#run({ names, args, env = {} }: LabProgram): void {
		const [name = ""] = names;
		this.#daemons.push(
			new Daemon(findProgram(...names) ?? name, args, {
				logFile: join(this.#folder, `${name}.log`),
				env: { PATH: process.env.PATH, HOME: this.#folder, ...env },
			}),
		);
	}
}

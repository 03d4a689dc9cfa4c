import { join } from "node:path";
import { findProgram } from "../../../lab/find-program.ts";
import type { AnswerByName } from "../../../lab/forge/ask-json.ts";
import { type ForgeAccount, Gitea } from "../../../lab/forge/gitea.ts";
import { Daemon } from "./daemon.ts";
import { freePort } from "./free-port.ts";
import { type MergeStyle, repository, type TestForge } from "./test-forge.ts";
import { waitFor } from "./wait-for.ts";

const [organisation = "", name = ""] = repository.split("/");

/** The forge of the lab with the repository of the tests. */
export class GiteaServer implements TestForge {
	readonly address: string;
	/** Administers the forge. */
	readonly author: ForgeAccount;
	readonly robot: ForgeAccount;
	/** Somebody who may read the repository, and fork it. */
	readonly stranger: ForgeAccount;
	readonly #gitea: Gitea;
	readonly #daemon: Daemon;
	#branches = 0;

	private constructor(
		gitea: Gitea,
		daemon: Daemon,
		accounts: Readonly<Record<"robot" | "author" | "stranger", ForgeAccount>>,
	) {
		this.address = gitea.address;
		this.#gitea = gitea;
		this.#daemon = daemon;
		this.robot = accounts.robot;
		this.author = accounts.author;
		this.stranger = accounts.stranger;
	}

	static async start(folder: string): Promise<GiteaServer> {
		const gitea = new Gitea(folder, await freePort());
		const { names, args, env } = gitea.program;
		const daemon = new Daemon(findProgram(...names) ?? "gitea", args, {
			logFile: join(folder, "gitea.log"),
			env: { PATH: process.env.PATH, HOME: folder, ...env },
		});
		try {
			await waitFor("Gitea answers", () => gitea.isReady(), { within: 60_000 });
			const author = await gitea.administrator("author");
			const [robot, stranger] = [
				await gitea.account(author, "robot"),
				await gitea.account(author, "stranger"),
			];
			const server = new GiteaServer(gitea, daemon, { author, robot, stranger });
			await server.#prepare();
			return server;
		} catch (error) {
			await daemon.stop();
			throw error;
		}
	}

	/** A login at the forge of somebody else. */
	account(login: string): Promise<ForgeAccount> {
		return this.#gitea.account(this.author, login);
	}

	async #prepare(): Promise<void> {
		await this.ask("POST", "/orgs", { username: organisation, visibility: "private" });
		await this.ask("POST", `/orgs/${organisation}/repos`, {
			name,
			private: true,
			auto_init: true,
			default_branch: "main",
		});
		await this.ask("PUT", `/repos/${repository}/collaborators/robot`, { permission: "write" });
		await this.ask("PUT", `/repos/${repository}/collaborators/stranger`, { permission: "read" });
	}

	async open(description: string) {
		const branch = `change-${++this.#branches}`;
		const content = Buffer.from(branch).toString("base64");
		await this.ask("POST", `/repos/${repository}/contents/${branch}.txt`, {
			branch: "main",
			new_branch: branch,
			content,
			message: "A change",
		});
		const { number, head } = await this.ask("POST", `/repos/${repository}/pulls`, {
			head: branch,
			base: "main",
			title: branch,
			body: description,
		});
		return { number, commit: head.sha };
	}

	async describe(number: number, description: string): Promise<void> {
		await this.ask("PATCH", `/repos/${repository}/pulls/${number}`, { body: description });
	}

	async merge(number: number, style: MergeStyle): Promise<string> {
		// Gitea looks at conflicts on its own time, and asks to come again until then.
		await waitFor(
			`pull request ${number} is merged`,
			async () => {
				await this.ask("POST", `/repos/${repository}/pulls/${number}/merge`, { Do: style });
				return true;
			},
			{ within: 30_000 },
		);
		return (await this.ask("GET", `/repos/${repository}/branches/main`)).commit.id;
	}

	async push(): Promise<string> {
		const path = `direct-${++this.#branches}.txt`;
		const asked = { branch: "main", content: "", message: "Directly" };
		return (await this.ask("POST", `/repos/${repository}/contents/${path}`, asked)).commit.sha;
	}

	async stop(): Promise<void> {
		await this.#daemon.stop();
	}

	/** Asks the API below `/api/v1`. @param token of somebody else than the author */
	ask(method: string, path: string, body?: object, token = this.author.token): Promise<AnswerByName> {
		return this.#gitea.ask({ token }, method, path, body);
	}
}

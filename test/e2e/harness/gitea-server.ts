import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../../config/project-root.ts";
import { findProgram } from "../../../lab/find-program.ts";
import { Daemon } from "./daemon.ts";
import { freePort } from "./free-port.ts";
import { type MergeStyle, repository, type TestForge } from "./test-forge.ts";
import { waitFor } from "./wait-for.ts";

const [organisation = "", name = ""] = repository.split("/");

/** Gitea on loopback, with SQLite: the API that Forgejo keeps, without a front end. */
export class GiteaServer implements TestForge {
	readonly address: string;
	readonly robot: { readonly token: string };
	readonly author: { readonly token: string; readonly password: string };
	readonly #daemon: Daemon;
	#branches = 0;

	/** Somebody who may read the repository, and fork it. */
	readonly stranger: { readonly token: string };

	private constructor(
		address: string,
		daemon: Daemon,
		accounts: Readonly<
			Record<"robot" | "author" | "stranger", { readonly token: string; readonly password: string }>
		>,
	) {
		this.address = address;
		this.#daemon = daemon;
		this.robot = accounts.robot;
		this.author = accounts.author;
		this.stranger = accounts.stranger;
	}

	static async start(folder: string): Promise<GiteaServer> {
		const port = await freePort();
		const address = `http://127.0.0.1:${port}`;
		const config = join(folder, "app.ini");
		writeFileSync(config, settings(folder, port), { mode: 0o600 });
		const program = findProgram("gitea") ?? "gitea";
		const env = { PATH: process.env.PATH, HOME: folder, GITEA_WORK_DIR: folder };
		const gitea = (...args: string[]) =>
			execFileSync(program, ["--config", config, ...args], { env, encoding: "utf8", stdio: "pipe" });
		gitea("migrate");
		const account = (user: string, ...more: string[]) => {
			const word = randomBytes(12).toString("hex");
			const args = ["--username", user, "--password", word, "--email", `${user}@example.com`];
			gitea("admin", "user", "create", ...args, "--must-change-password=false", ...more);
			const made = gitea(
				"admin",
				"user",
				"generate-access-token",
				"--username",
				user,
				"--token-name",
				"test",
				"--scopes",
				"all",
				"--raw",
			);
			// Lines of the log come first.
			return { token: made.trim().split("\n").at(-1) ?? "", password: word };
		};
		const accounts = {
			author: account("author", "--admin"),
			robot: account("robot"),
			stranger: account("stranger"),
		};
		const daemon = new Daemon(program, ["--config", config, "web"], {
			logFile: join(folder, "gitea.log"),
			env,
		});
		const server = new GiteaServer(address, daemon, accounts);
		await waitFor("Gitea answers", async () => (await fetch(`${address}/api/healthz`)).status === 200, {
			within: 60_000,
		});
		await server.#prepare();
		return server;
	}

	async #prepare(): Promise<void> {
		await this.#ask("POST", "/orgs", { username: organisation, visibility: "private" });
		await this.#ask("POST", `/orgs/${organisation}/repos`, {
			name,
			private: true,
			auto_init: true,
			default_branch: "main",
		});
		await this.#ask("PUT", `/repos/${repository}/collaborators/robot`, { permission: "write" });
		await this.#ask("PUT", `/repos/${repository}/collaborators/stranger`, { permission: "read" });
	}

	async open(description: string) {
		const branch = `change-${++this.#branches}`;
		const content = Buffer.from(branch).toString("base64");
		await this.#ask("POST", `/repos/${repository}/contents/${branch}.txt`, {
			branch: "main",
			new_branch: branch,
			content,
			message: "A change",
		});
		const { number, head } = await this.#ask("POST", `/repos/${repository}/pulls`, {
			head: branch,
			base: "main",
			title: branch,
			body: description,
		});
		return { number, commit: head.sha };
	}

	async describe(number: number, description: string): Promise<void> {
		await this.#ask("PATCH", `/repos/${repository}/pulls/${number}`, { body: description });
	}

	async merge(number: number, style: MergeStyle): Promise<string> {
		// Gitea looks at conflicts on its own time, and asks to come again until then.
		await waitFor(
			`pull request ${number} is merged`,
			async () => {
				await this.#ask("POST", `/repos/${repository}/pulls/${number}/merge`, { Do: style });
				return true;
			},
			{ within: 30_000 },
		);
		return (await this.#ask("GET", `/repos/${repository}/branches/main`)).commit.id;
	}

	async push(): Promise<string> {
		const path = `direct-${++this.#branches}.txt`;
		const asked = { branch: "main", content: "", message: "Directly" };
		return (await this.#ask("POST", `/repos/${repository}/contents/${path}`, asked)).commit.sha;
	}

	async stop(): Promise<void> {
		await this.#daemon.stop();
	}

	/** Asks the API below `/api/v1`. @param token of somebody else than the author */
	// biome-ignore lint/suspicious/noExplicitAny: answers are read by name
	ask(method: string, path: string, body?: object, token = this.author.token): Promise<any> {
		return this.#ask(method, path, body, token);
	}

	// biome-ignore lint/suspicious/noExplicitAny: answers are read by name
	async #ask(method: string, path: string, body?: object, token = this.author.token): Promise<any> {
		const response = await fetch(`${this.address}/api/v1${path}`, {
			method,
			headers: { authorization: `token ${token}`, "content-type": "application/json" },
			...(body && { body: JSON.stringify(body) }),
			signal: AbortSignal.timeout(30_000),
		});
		const answer = await response.text();
		if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${answer}`);
		return answer === "" ? {} : JSON.parse(answer);
	}
}

/** Folder of the module that the lab's Gitea was built from, with its templates; a packaged one has its own. */
function moduleFolder(): string | undefined {
	try {
		const list = ["list", "-mod=readonly", "-m", "-f", "{{.Dir}}", "gitea.dev"];
		const options = { cwd: join(projectRoot, "tools/gitea"), encoding: "utf8", stdio: "pipe" } as const;
		return execFileSync("go", list, options).trim() || undefined;
	} catch {
		return undefined;
	}
}

function settings(folder: string, port: number): string {
	const sources = moduleFolder();
	const key = randomBytes(32).toString("base64url");
	return `RUN_MODE = prod
WORK_PATH = ${folder}
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true
[server]
PROTOCOL = http
HTTP_ADDR = 127.0.0.1
HTTP_PORT = ${port}
ROOT_URL = http://127.0.0.1:${port}/
DISABLE_SSH = true
OFFLINE_MODE = true
${sources === undefined ? "" : `STATIC_ROOT_PATH = ${sources}\n`}LFS_START_SERVER = false
[database]
DB_TYPE = sqlite3
PATH = ${join(folder, "gitea.db")}
SQLITE_JOURNAL_MODE = WAL
[security]
INSTALL_LOCK = true
SECRET_KEY = ${key}
ALLOWED_HOST_LIST = loopback
[oauth2]
JWT_SECRET = ${key}
[service]
DISABLE_REGISTRATION = true
[mailer]
ENABLED = false
[actions]
ENABLED = false
[packages]
ENABLED = false
[indexer]
ISSUE_INDEXER_TYPE = db
[picture]
DISABLE_GRAVATAR = true
[cron.update_checker]
ENABLED = false
[log]
MODE = console
LEVEL = warn
[repository]
DEFAULT_PRIVATE = private
`;
}

import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../clients/host/run.ts";
import { projectRoot } from "../../config/project-root.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import type { LabProgram } from "../control-plane.ts";
import { findProgram } from "../find-program.ts";
import type { NeededProgram } from "../needed-programs.ts";
import { type AnswerByName, askJson } from "./ask-json.ts";

export const giteaProgram: NeededProgram = {
	names: ["gitea"],
	build: {
		module: "gitea",
		package: "gitea.dev",
		stamps: (version) => ({ "main.Version": version.replace("v", "") }),
	},
};

/** Somebody at a forge. */
export interface ForgeAccount {
	readonly login: string;
	readonly password: string;
	readonly token: string;
}

/** Gitea on loopback, with SQLite: the API that Forgejo keeps, without a front end. */
export class Gitea {
	readonly address: string;
	/** How it is started; its first start makes its tables. */
	readonly program: LabProgram;
	readonly #folder: string;

	/** @param folder empty; its settings are written there */
	constructor(folder: string, port: number) {
		this.#folder = folder;
		this.address = `http://127.0.0.1:${port}`;
		const config = join(folder, "app.ini");
		writeFileSync(config, settings(folder, port), { mode: 0o600 });
		const args = ["--config", config, "web"];
		this.program = { names: giteaProgram.names, args, env: { GITEA_WORK_DIR: folder } };
	}

	async isReady(): Promise<boolean> {
		const answer = await fetch(`${this.address}/api/healthz`, { signal: AbortSignal.timeout(2000) });
		return answer.status === 200;
	}

	/** Makes the first account of a forge that runs, which administers it. */
	async administrator(login: string): Promise<ForgeAccount> {
		const {
			args: [option = "", config = ""],
			env,
		} = this.program;
		const made = ["--username", login, "--email", `${login}@example.com`, "--admin", "--random-password"];
		const token = ["--access-token", "--access-token-name", "infra", "--access-token-scopes", "all"];
		const { code, stdout, stderr } = await run(
			findProgram(...giteaProgram.names) ?? "gitea",
			[option, config, "admin", "user", "create", ...made, "--must-change-password=false", ...token],
			{ env: { PATH: process.env.PATH, HOME: this.#folder, ...env } },
		);
		const said = (pattern: RegExp) => pattern.exec(stdout)?.[1];
		const [word, key] = [
			said(/random password is '([^']+)'/),
			said(/successfully created\.* ([0-9a-f]{40})/),
		];
		if (code !== 0 || word === undefined || key === undefined)
			throw new VisibleError(`gitea does not make an account:\n${stderr || stdout}`);
		return { login, password: word, token: key };
	}

	/** Makes another account. */
	async account(administrator: ForgeAccount, login: string): Promise<ForgeAccount> {
		const password = randomBytes(12).toString("hex");
		await this.ask(administrator, "POST", "/admin/users", {
			username: login,
			password,
			email: `${login}@example.com`,
			must_change_password: false,
		});
		const basic = `Basic ${Buffer.from(`${login}:${password}`).toString("base64")}`;
		const { sha1 } = await askJson(`${this.address}/api/v1/users/${login}/tokens`, {
			method: "POST",
			authorization: basic,
			body: { name: "infra", scopes: ["all"] },
		});
		return { login, password, token: sha1 };
	}

	/** Asks the API below `/api/v1`. @throws VisibleError for a refusal */
	ask(
		{ token }: Pick<ForgeAccount, "token">,
		method: string,
		path: string,
		body?: object,
	): Promise<AnswerByName> {
		return askForge({ address: this.address, token }, method, path, body);
	}
}

/** Asks the API of a forge below `/api/v1`. @throws VisibleError for a refusal */
export function askForge(
	{ address, token }: { readonly address: string; readonly token: string },
	method: string,
	path: string,
	body?: object,
): Promise<AnswerByName> {
	return askJson(`${address}/api/v1${path}`, { method, authorization: `token ${token}`, body });
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
PASSWORD_COMPLEXITY = lower,digit
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

import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { whoAmI } from "./journal.ts";

/** A state in PostgreSQL. */
export interface StateInPostgres {
	/** Its stack, which has given its name to the schema. */
	readonly stack: string;
	/** Address of the database, without a password. */
	readonly connection: string;
	/** @default that of this process */
	readonly env?: NodeJS.ProcessEnv | undefined;
}

/** End of an answer; no row of ours has it. */
const end = "-- end of the answer --";

/**
 * One session of PostgreSQL, by its own psql(1): it reads the address, the password (PGPASSWORD, `~/.pgpass`) and the
 * mode of TLS as Terraform's backend does. It ends with this process, however that ends, and so do its locks.
 */
export class PsqlSession {
	readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
	readonly #ended: Promise<never>;
	#stdout = "";
	#stderr = "";
	#arrived: () => void = () => {};

	/**
	 * @param connection string with the address of the database
	 * @param name by which others see the session
	 */
	constructor(connection: string, name: string, env: NodeJS.ProcessEnv = process.env) {
		const args = ["-X", "-A", "-t", "-q", "-w", "-v", "ON_ERROR_STOP=1", "-d", connection];
		this.#child = spawn("psql", args, {
			env: { PGCONNECT_TIMEOUT: "10", ...env, PGAPPNAME: name.slice(0, 63) },
			stdio: ["pipe", "pipe", "pipe"],
			// Ctrl-C must not free the lock while a state is written.
			detached: true,
		});
		this.#child.stdin.on("error", () => {});
		this.#child.stdout.setEncoding("utf8").on("data", (text: string) => {
			this.#stdout += text;
			this.#arrived();
		});
		this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
			this.#stderr += text;
		});
		this.#ended = new Promise((_, reject) => {
			this.#child.on("error", ({ code, message }: NodeJS.ErrnoException) =>
				reject(code === "ENOENT" ? psqlMissing() : new VisibleError(`psql: ${message}`)),
			);
			this.#child.on("close", () => reject(new VisibleError(`PostgreSQL: ${this.#why()}`)));
		});
		this.#ended.catch(() => {});
	}

	/** The rows of an answer, one a line. @throws VisibleError when it is refused, or the session has ended */
	async ask(statement: string): Promise<string> {
		this.#stdout = "";
		const answered = new Promise<string>((resolve) => {
			this.#arrived = () => {
				const at = this.#stdout.indexOf(`${end}\n`);
				if (at >= 0) resolve(this.#stdout.slice(0, at).trim());
			};
		});
		this.#child.stdin.write(`${statement};\n\\echo '${end}'\n`);
		return Promise.race([answered, this.#ended]);
	}

	/** Ends the session, which frees its locks. */
	async close(): Promise<void> {
		this.#child.stdin.end();
		await this.#ended.catch(() => {});
	}

	#why(): string {
		return this.#stderr.trim().replace(/\s*\n\s*/g, " ") || "the session has ended";
	}
}

/** A session at the database of a state. @param operation as others see it */
export const sessionOf = ({ stack, connection, env }: StateInPostgres, operation: string) =>
	new PsqlSession(connection, `infra ${operation} ${stack} ${whoAmI()}`, env);

const psqlMissing = () =>
	new UsageError(
		"psql is not on the PATH, and the state is locked with it",
		"install the client of PostgreSQL (apt-get install postgresql-client)",
	);

import { join } from "node:path";
import { findProgram } from "../../../lab/find-program.ts";
import { askPostgres, preparePostgres, superuser } from "../../../lab/postgres-server.ts";
import { Daemon } from "./daemon.ts";
import { freePort } from "./free-port.ts";
import { waitFor } from "./wait-for.ts";

/** A PostgreSQL server on loopback with the superuser `postgres`; every user needs a password. */
export class PostgresServer {
	readonly port: number;
	readonly #password: string;
	readonly #run: () => Daemon;
	#daemon: Daemon;

	private constructor(port: number, password: string, run: () => Daemon) {
		this.port = port;
		this.#password = password;
		this.#run = run;
		this.#daemon = run();
	}

	/** @param folder that exists, for nothing else */
	static async start(folder: string, password: string): Promise<PostgresServer> {
		const port = await freePort();
		const { prefix = [], args } = await preparePostgres(folder, port, password);
		// A change of the user forgets the wish to end with the parent.
		const owner = [...prefix.slice(1), "--pdeathsig", "KILL"];
		const logFile = join(folder, "postgres.log");
		const server = new PostgresServer(
			port,
			password,
			() => new Daemon("setpriv", [...owner, findProgram("postgres") ?? "", ...args], { logFile }),
		);
		await server.#answers();
		return server;
	}

	/** Starts it again on the same data, after `kill`. */
	async startAgain(): Promise<void> {
		this.#daemon = this.#run();
		await this.#answers();
	}

	/** Ends it at once, and every session with it. */
	async kill(): Promise<void> {
		// What it has started ends with it.
		this.#daemon.signal("SIGQUIT");
		await this.#daemon.exited;
	}

	async #answers(): Promise<void> {
		await waitFor("PostgreSQL answers", () => this.ask(superuser, this.#password, "select 1"), {
			within: 60_000,
		});
	}

	/** The rows of an answer, one a line. @throws when the login or the question is refused */
	ask(user: string, password: string, sql: string): Promise<string> {
		return askPostgres({ port: this.port, user, password }, sql);
	}

	/** Its sessions end with it, whatever they do. */
	async stop(): Promise<void> {
		// The first signal would wait for sessions to end (postgres(1), "smart shutdown").
		this.#daemon.signal("SIGINT");
		await this.#daemon.stop();
	}
}

import { join } from "node:path";
import { findProgram } from "../../../lab/find-program.ts";
import { askPostgres, preparePostgres, superuser } from "../../../lab/postgres-server.ts";
import { Daemon } from "./daemon.ts";
import { freePort } from "./free-port.ts";
import { waitFor } from "./wait-for.ts";

/** A PostgreSQL server on loopback with the superuser `postgres`; every user needs a password. */
export class PostgresServer {
	readonly port: number;
	readonly #daemon: Daemon;

	private constructor(port: number, daemon: Daemon) {
		this.port = port;
		this.#daemon = daemon;
	}

	/** @param folder that exists, for nothing else */
	static async start(folder: string, password: string): Promise<PostgresServer> {
		const port = await freePort();
		const { prefix = [], args } = await preparePostgres(folder, port, password);
		// A change of the user forgets the wish to end with the parent.
		const owner = [...prefix.slice(1), "--pdeathsig", "KILL"];
		const daemon = new Daemon("setpriv", [...owner, findProgram("postgres") ?? "", ...args], {
			logFile: join(folder, "postgres.log"),
		});
		const server = new PostgresServer(port, daemon);
		await waitFor("PostgreSQL answers", () => server.ask(superuser, password, "select 1"), {
			within: 20_000,
		});
		return server;
	}

	/** The rows of an answer, one a line. @throws when the login or the question is refused */
	ask(user: string, password: string, sql: string): Promise<string> {
		return askPostgres({ port: this.port, user, password }, sql);
	}

	async stop(): Promise<void> {
		await this.#daemon.stop();
	}
}

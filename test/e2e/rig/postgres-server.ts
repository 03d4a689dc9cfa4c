import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { Daemon } from "./daemon.ts";
import { freePort } from "./free-port.ts";
import { waitFor } from "./wait-for.ts";

const run = promisify(execFile);

/** Where the Debian package puts the programs of each major version. */
const versions = "/usr/lib/postgresql";

/** A PostgreSQL server on loopback with the superuser `postgres`; passwords are asked for from everybody. */
export class PostgresServer {
	readonly port: number;
	readonly #daemon: Daemon;

	private constructor(port: number, daemon: Daemon) {
		this.port = port;
		this.#daemon = daemon;
	}

	/** @param folder that exists and that every user may enter */
	static async start(folder: string, password: string): Promise<PostgresServer> {
		const [newest = ""] = readdirSync(versions).sort((a, b) => Number(b) - Number(a));
		const program = (name: string) => join(versions, newest, "bin", name);
		const data = join(folder, "data");
		mkdirSync(data);
		writeFileSync(join(folder, "password"), password);
		// It refuses to run as root.
		const user = process.getuid?.() === 0 ? ["--reuid=postgres", "--regid=postgres", "--clear-groups"] : [];
		if (user.length > 0) await run("chown", ["-R", "postgres:postgres", folder]);
		const options = ["--no-sync", "--auth=scram-sha-256", `--pwfile=${join(folder, "password")}`];
		await run("setpriv", [...user, program("initdb"), "-D", data, "-U", "postgres", ...options], {
			cwd: "/",
		});
		const port = await freePort();
		const settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"];
		const daemon = new Daemon(
			"setpriv",
			// A change of the user forgets the wish to end with the parent.
			[
				...user,
				"--pdeathsig",
				"KILL",
				program("postgres"),
				"-D",
				data,
				"-p",
				`${port}`,
				...settings.flatMap((one) => ["-c", one]),
			],
			{ logFile: join(folder, "postgres.log") },
		);
		const server = new PostgresServer(port, daemon);
		await waitFor("PostgreSQL answers", () => server.ask("postgres", password, "select 1"), {
			within: 20_000,
		});
		return server;
	}

	/** The rows of an answer, one a line. @throws when the login or the question is refused */
	async ask(user: string, password: string, sql: string): Promise<string> {
		const { stdout } = await run(
			"psql",
			["-h", "127.0.0.1", "-p", `${this.port}`, "-U", user, "-d", "postgres", "-w", "-Atc", sql],
			{ env: { ...process.env, PGPASSWORD: password }, cwd: "/", timeout: 10_000 },
		);
		return stdout.trim();
	}

	async stop(): Promise<void> {
		await this.#daemon.stop();
	}
}

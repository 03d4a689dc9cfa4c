import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../clients/host/run.ts";
import { VisibleError } from "../config/schema/visible-error.ts";
import type { LabProgram } from "./control-plane.ts";
import { findProgram } from "./find-program.ts";

/** Role that {@link preparePostgres} makes. */
export const superuser = "postgres";

/** PostgreSQL refuses to run as root: then it is its package's user, who still may enter the folders of root. */
const asOwner =
	process.getuid?.() === 0
		? [
				"setpriv",
				"--reuid=postgres",
				"--regid=postgres",
				"--clear-groups",
				"--inh-caps=+dac_override",
				"--ambient-caps=+dac_override",
			]
		: [];

/**
 * Initialises a PostgreSQL server on loopback that requires a password of every user.
 *
 * @param folder that exists and is empty
 * @returns how the server is started
 * @throws Error with the output of initdb(1)
 */
export async function preparePostgres(folder: string, port: number, password: string): Promise<LabProgram> {
	const data = join(folder, "data");
	const passwordFile = join(folder, "password");
	mkdirSync(data, { mode: 0o700 });
	writeFileSync(passwordFile, password, { mode: 0o600 });
	if (asOwner.length > 0) await must("chown", ["postgres:postgres", data, passwordFile]);
	const [program = "", ...args] = [...asOwner, findProgram("initdb") ?? "initdb"];
	const options = ["--no-sync", "--auth=scram-sha-256", `--pwfile=${passwordFile}`];
	await must(program, [...args, "-D", data, "-U", superuser, ...options]);
	rmSync(passwordFile);
	const settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"];
	return {
		names: ["postgres"],
		prefix: asOwner,
		args: ["-D", data, "-p", `${port}`, ...settings.flatMap((setting) => ["-c", setting])],
	};
}

/** Login at a PostgreSQL server on loopback. */
export interface PostgresLogin {
	readonly port: number;
	readonly user: string;
	readonly password: string;
}

/** Runs statements and returns their rows, one a line. @throws Error when the login or a statement fails */
export async function askPostgres(
	{ port, user, password }: PostgresLogin,
	...statements: readonly string[]
): Promise<string> {
	const login = ["-h", "127.0.0.1", "-p", `${port}`, "-U", user, "-d", "postgres", "-w"];
	const commands = statements.flatMap((statement) => ["-c", statement]);
	const answer = await must(
		findProgram("psql") ?? "psql",
		[...login, "-X", "-Atq", "-v", "ON_ERROR_STOP=1", ...commands],
		{ PGPASSWORD: password, PGCONNECT_TIMEOUT: "10", PGOPTIONS: "-c statement_timeout=10s" },
	);
	return answer.trim();
}

async function must(program: string, args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<string> {
	// The other user may have no access to the current folder.
	const { code, stdout, stderr } = await run(program, args, { cwd: "/", env: { ...process.env, ...more } });
	if (code !== 0) throw new VisibleError(`${program} has failed: ${stderr.trim()}`);
	return stdout;
}

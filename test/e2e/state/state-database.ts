import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProgram } from "../../../lab/find-program.ts";
import { superuser } from "../../../lab/postgres-server.ts";
import { PostgresServer } from "../harness/postgres-server.ts";

const password = "made-up-for-a-test";

/** Why there is no server on this machine; empty where there is one. */
export const noDatabase =
	findProgram("initdb") === undefined ? "initdb is not on this machine: apt-get install postgresql" : "";

/** A PostgreSQL server for states of tier 1. */
export async function startStateDatabase() {
	const folder = mkdtempSync(join(tmpdir(), "infra-database-"));
	const data = join(folder, "postgres");
	mkdirSync(data, { mode: 0o700 });
	const server = await PostgresServer.start(data, password);
	const { port } = server;
	// Terraform makes it at its first init of any stack; of two at the same moment one would fail.
	await server.ask(superuser, password, "CREATE SEQUENCE public.global_states_id_seq AS bigint");
	return {
		/** As the site's `state.tier1`. */
		backend: {
			kind: "postgres",
			host: "127.0.0.1",
			port,
			database: "postgres",
			user: superuser,
			sslMode: "disable",
		},
		connection: `postgres://${superuser}@127.0.0.1:${port}/postgres?sslmode=disable`,
		password,
		ask: (sql: string) => server.ask(superuser, password, sql),
		/** Ends every session, and everything that hangs on one. */
		kill: () => server.kill(),
		startAgain: () => server.startAgain(),
		stop: async () => {
			await server.stop();
			rmSync(folder, { recursive: true, force: true });
		},
	};
}

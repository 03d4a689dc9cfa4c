import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { UsageError } from "../terminal/usage-error.ts";
import type { StackDocument } from "../world/world.ts";

export function keepsStateInPostgres({ json }: StackDocument): boolean {
	const { backend } = (json.terraform ?? {}) as { backend?: Record<string, unknown> };
	return backend?.pg !== undefined;
}

/**
 * The connection string in the output holds no password, so that it is copied nowhere: the client must have one.
 *
 * @throws UsageError when the state of the stack is in PostgreSQL and no password is at hand
 */
export function requireDatabasePassword(
	document: StackDocument,
	env: NodeJS.ProcessEnv = process.env,
	home = homedir(),
): void {
	if (!keepsStateInPostgres(document) || env.PG_CONN_STR || env.PGPASSWORD) return;
	if (existsSync(env.PGPASSFILE || join(home, ".pgpass"))) return;
	throw new UsageError(
		`stack ${document.stack} keeps its state in PostgreSQL, and there is no password for it`,
		"set PGPASSWORD, or PG_CONN_STR for the whole connection string, or write a ~/.pgpass",
	);
}

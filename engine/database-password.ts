import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { UsageError } from "../terminal/usage-error.ts";
import type { StackDocument } from "../world/world.ts";

export function keepsStateInPostgres({ json }: StackDocument): boolean {
	const { backend } = (json.terraform ?? {}) as { backend?: Record<string, unknown> };
	return backend?.pg !== undefined;
}

interface PasswordPlaces {
	/** Path in Vault of a password that Vault rotates. */
	readonly rotatedAt?: string | undefined;
	readonly home?: string;
}

/**
 * Checks that the password of the state database is given: the connection string in the output has none, since it is
 * copied into working folders.
 *
 * @throws UsageError when the state of the stack is in PostgreSQL and no password is given
 */
export function requireDatabasePassword(
	document: StackDocument,
	env: NodeJS.ProcessEnv,
	{ rotatedAt, home = homedir() }: PasswordPlaces = {},
): void {
	if (!keepsStateInPostgres(document) || env.PG_CONN_STR || env.PGPASSWORD) return;
	if (existsSync(env.PGPASSFILE || join(home, ".pgpass"))) return;
	throw new UsageError(
		`stack ${document.stack} keeps its state in PostgreSQL, and there is no password for it`,
		rotatedAt === undefined
			? "set PGPASSWORD, or PG_CONN_STR for the whole connection string, or write a ~/.pgpass"
			: `set it: export PGPASSWORD="$(vault read -field=password ${rotatedAt})"; Vault changes it every week`,
	);
}

import { resolve } from "node:path";
import type { StateLock } from "../terminal/terraform-error.ts";
import type { StackDocument } from "../world/world.ts";

/** Sessions that hold a lock on a state: Terraform takes advisory locks, and nothing else of the database does. */
const sessions = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted";

/**
 * How to find and end who holds the lock on a stack's state. With both backends it ends with the process that holds it,
 * and `terraform force-unlock` frees nothing: it says "not locked" of a local state, and reports a success in PostgreSQL,
 * where the session keeps its lock.
 *
 * @param folder of the stack, which a local state is relative to
 */
export function stateLock({ json }: StackDocument, folder: string): StateLock | undefined {
	const { backend = {} } = (json.terraform ?? {}) as {
		readonly backend?: {
			readonly local?: { readonly path: string };
			readonly pg?: { readonly conn_str: string };
		};
	};
	const wait = "wait until the process that holds it has ended, and run the command again";
	if (backend.local !== undefined)
		return {
			help: `${wait}; on its machine, fuser -v ${resolve(folder, backend.local.path)} names it, and kill -INT <PID> ends it in order`,
			describesHolder: true,
		};
	if (backend.pg === undefined) return undefined;
	const psql = `psql "${backend.pg.conn_str}" -c`;
	return {
		help:
			`${wait}; who it is, and since when: ${psql} "SELECT pid, client_addr, backend_start FROM pg_stat_activity WHERE pid IN (${sessions})"; ` +
			`if its machine is gone: ${psql} "SELECT pg_terminate_backend(<pid>)"`,
		// Terraform describes the run that asks.
		describesHolder: false,
	};
}

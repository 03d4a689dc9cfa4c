import { setTimeout as sleep } from "node:timers/promises";
import { UsageError } from "../../terminal/usage-error.ts";
import { whoAmI } from "./journal.ts";
import type { HolderOfState } from "./lock-holder.ts";
import { PsqlSession } from "./psql-session.ts";

/** A state in PostgreSQL. */
export interface StateInPostgres {
	/** Its stack, which has given its name to the schema. */
	readonly stack: string;
	/** Address of the database, without a password. */
	readonly connection: string;
	/** @default that of this process */
	readonly env?: NodeJS.ProcessEnv | undefined;
}

/** Lock that Terraform takes while the state of a stack has no row yet; one for the whole database. */
const creation = -1;

/** Milliseconds for which the first states of other stacks are waited for, and between two attempts. */
const [longestCreation, pause] = [30_000, 200];

/**
 * The lock of a state in PostgreSQL, the same that Terraform's backend `pg` takes: an advisory lock with the number of
 * its row. PostgreSQL frees it when the session ends.
 */
export class PostgresLock {
	readonly #session: PsqlSession;
	readonly #state: StateInPostgres;
	/** Number of the lock that is held; undefined while the state has no row. */
	#held: number | undefined;

	private constructor(session: PsqlSession, state: StateInPostgres, held: number | undefined) {
		this.#session = session;
		this.#state = state;
		this.#held = held;
	}

	/**
	 * A state that has no row yet is locked when it is written: its lock would keep every other first state waiting.
	 *
	 * @param operation as others see it
	 * @throws UsageError when another session holds it, naming that one; VisibleError when the database does not answer
	 */
	static async take(state: StateInPostgres, operation: string): Promise<PostgresLock> {
		const session = sessionOf(state, operation);
		try {
			const row = await rowOf(session, state.stack);
			if (row !== undefined && !(await tryLock(session, row)))
				throw isLocked(state, await holderOf(session, row));
			return new PostgresLock(session, state, row);
		} catch (error) {
			await session.close();
			throw error;
		}
	}

	/**
	 * Makes sure of the lock before a write.
	 *
	 * @throws VisibleError when the session has ended, and the lock with it; UsageError when somebody else has written the
	 *   first state
	 */
	async beforeWrite(): Promise<void> {
		if (this.#held !== undefined) return void (await this.#session.ask("SELECT 1"));
		const until = Date.now() + longestCreation;
		while (!(await tryLock(this.#session, creation))) {
			if (Date.now() > until) throw isLocked(this.#state, await holderOf(this.#session, creation));
			await sleep(pause);
		}
		this.#held = creation;
		if ((await rowOf(this.#session, this.#state.stack)) !== undefined)
			throw new UsageError(
				`stack ${this.#state.stack}: somebody else has written its first state since this command began`,
				"run it again",
			);
	}

	async release(): Promise<void> {
		await this.#session.close();
	}

	/** Who holds the lock of a state; undefined when nobody does. */
	static async holder(state: StateInPostgres): Promise<HolderOfState | undefined> {
		const session = sessionOf(state, "show");
		try {
			return await holderOf(session, (await rowOf(session, state.stack)) ?? creation);
		} finally {
			await session.close();
		}
	}
}

const tryLock = async (session: PsqlSession, lock: number) =>
	(await session.ask(`SELECT pg_try_advisory_lock(${lock})`)) === "t";

const sessionOf = ({ stack, connection, env }: StateInPostgres, operation: string) =>
	new PsqlSession(connection, `infra ${operation} ${stack} ${whoAmI()}`, env);

/** Number of the row that has the state; undefined until there is one. */
async function rowOf(session: PsqlSession, schema: string): Promise<number | undefined> {
	const table = `"${schema}".states`;
	if ((await session.ask(`SELECT to_regclass('${table}') IS NOT NULL`)) !== "t") return undefined;
	const id = await session.ask(`SELECT id FROM ${table} WHERE name = 'default'`);
	return id === "" ? undefined : Number(id);
}

async function holderOf(session: PsqlSession, lock: number): Promise<HolderOfState | undefined> {
	// A number of 64 bits is kept as two halves.
	const rows = await session.ask(
		`SELECT a.pid || chr(9) || coalesce(host(a.client_addr), 'its own machine') || chr(9)
			|| to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || chr(9) || coalesce(a.application_name, '')
		FROM pg_locks l JOIN pg_stat_activity a USING (pid)
		WHERE l.locktype = 'advisory' AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
			AND ((l.classid::bigint << 32) | l.objid::bigint) = ${lock}`,
	);
	const [pid, address, since = "", operation = ""] = rows.split("\n")[0]?.split("\t") ?? [];
	if (address === undefined) return undefined;
	return {
		holder: `session ${pid} of PostgreSQL, from ${address},`,
		since,
		operation: operation || "a command",
	};
}

function isLocked({ stack, connection }: StateInPostgres, by: HolderOfState | undefined): UsageError {
	const who =
		by === undefined ? "somebody who has just ended" : `${by.holder} since ${by.since}, for ${by.operation}`;
	return new UsageError(
		`stack ${stack}: its state is locked by ${who}`,
		`wait until it has ended; if its machine is gone: psql "${connection}" -c "SELECT pg_terminate_backend(<number of the session>)"`,
	);
}

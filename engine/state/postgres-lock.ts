import { setTimeout as sleep } from "node:timers/promises";
import { UsageError } from "../../terminal/usage-error.ts";
import { DatabaseLock } from "./database-lock.ts";
import { type HolderOfState, StateLocked } from "./lock-holder.ts";
import { type PsqlSession, type StateInPostgres, sessionOf } from "./psql-session.ts";

/** The session that holds a lock; its holder is `session-<number>` where it does not say for whom it works. */
interface SessionOfState extends HolderOfState {
	/** Its number. */
	readonly session: number;
	/** Machine that it comes from. */
	readonly address: string;
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
	/** What is done in it is done under the lock. */
	readonly session: PsqlSession;
	readonly #state: StateInPostgres;
	/** Number of the lock that is held; undefined while the state has no row. */
	#held: number | undefined;

	private constructor(session: PsqlSession, state: StateInPostgres, held: number | undefined) {
		this.session = session;
		this.#state = state;
		this.#held = held;
	}

	/**
	 * A state that has no row yet is locked when it is written: its lock would keep every other first state waiting.
	 *
	 * @param operation as others see it
	 * @param under id of the row of an apply that this is a part of. @default none
	 * @throws UsageError when another session holds it, naming that one; VisibleError when the database does not answer
	 */
	static async take(state: StateInPostgres, operation: string, under?: string): Promise<PostgresLock> {
		const session = sessionOf(state, operation);
		try {
			const row = await rowOf(session, state);
			if (row !== undefined && !(await tryLock(session, row)))
				throw isLocked(state, await holderOf(session, row));
			// Of an apply that has lost its session.
			const by = await new DatabaseLock(state).holderIn(session);
			if (by !== undefined && by.id !== under) throw new StateLocked(by);
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
		if (this.#held !== undefined) return void (await this.session.ask("SELECT 1"));
		const until = Date.now() + longestCreation;
		while (!(await tryLock(this.session, creation))) {
			if (Date.now() > until) throw isLocked(this.#state, await holderOf(this.session, creation));
			await sleep(pause);
		}
		this.#held = creation;
		if ((await rowOf(this.session, this.#state)) !== undefined)
			throw new UsageError(
				`stack ${this.#state.stack}: somebody else has written its first state since this command began`,
				"run it again",
			);
	}

	/**
	 * Goes on with the lock of the row that was written, or removed.
	 *
	 * @param row its number; empty without one
	 */
	async afterWrite(row: string): Promise<void> {
		if (this.#held === Number(row)) return;
		if (row !== "" && !(await tryLock(this.session, Number(row))))
			throw isLocked(this.#state, await holderOf(this.session, Number(row)));
		if (this.#held !== undefined) await this.session.ask(`SELECT pg_advisory_unlock(${this.#held})`);
		this.#held = row === "" ? undefined : Number(row);
	}

	async release(): Promise<void> {
		await this.session.close();
	}

	/** Ends a session that holds the lock of a state, and nothing when another one has it by now. */
	static async end(state: StateInPostgres, { session: number }: SessionOfState): Promise<void> {
		const session = sessionOf(state, "unlock");
		try {
			const now = await PostgresLock.holderIn(session, state);
			if (now?.session === number) await session.ask(`SELECT pg_terminate_backend(${number})`);
		} finally {
			await session.close();
		}
	}

	/** Who holds the lock of a state; undefined when nobody does. */
	static async holderIn(session: PsqlSession, state: StateInPostgres): Promise<SessionOfState | undefined> {
		return holderOf(session, (await rowOf(session, state)) ?? creation);
	}
}

const tryLock = async (session: PsqlSession, lock: number) =>
	(await session.ask(`SELECT pg_try_advisory_lock(${lock})`)) === "t";

/** Table of the schema that the stack has given its name to. */
export const tableOf = ({ stack }: StateInPostgres) => `"${stack}".states`;

/** Number of the row that has the state; undefined until there is one. */
async function rowOf(session: PsqlSession, state: StateInPostgres): Promise<number | undefined> {
	const table = tableOf(state);
	if ((await session.ask(`SELECT to_regclass('${table}') IS NOT NULL`)) !== "t") return undefined;
	const id = await session.ask(`SELECT id FROM ${table} WHERE name = 'default'`);
	return id === "" ? undefined : Number(id);
}

async function holderOf(session: PsqlSession, lock: number): Promise<SessionOfState | undefined> {
	// A number of 64 bits is kept as two halves.
	const rows = await session.ask(
		`SELECT a.pid || chr(9) || coalesce(host(a.client_addr), 'its own machine') || chr(9)
			|| to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || chr(9) || coalesce(a.application_name, '')
		FROM pg_locks l JOIN pg_stat_activity a USING (pid)
		WHERE l.locktype = 'advisory' AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
			AND ((l.classid::bigint << 32) | l.objid::bigint) = ${lock}`,
	);
	const [pid, address = "", since = "", name = ""] = rows.split("\n")[0]?.split("\t") ?? [];
	if (pid === undefined || pid === "") return undefined;
	// Terraform does not say who it works for.
	const [, operation = "a command", who = `session-${pid}`] = /^infra (\S+) \S+ (\S+@\S+)$/.exec(name) ?? [];
	return { holder: who, since, operation, session: Number(pid), address };
}

function isLocked({ stack }: StateInPostgres, by: SessionOfState | undefined): UsageError {
	if (by === undefined)
		return new UsageError(
			`stack ${stack}: its state was locked by somebody who has just ended`,
			"run it again",
		);
	const { holder, session, address, since, operation } = by;
	return new UsageError(
		`stack ${stack}: its state is locked by ${holder} (session ${session} of PostgreSQL, from ${address}) since ${since}, for ${operation}`,
		`wait until it has ended; if its machine is gone: infra state unlock ${stack} --holder ${holder}`,
	);
}

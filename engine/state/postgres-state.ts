import { randomBytes } from "node:crypto";
import type { HolderOfState } from "./lock-holder.ts";
import type { PendingMove } from "./pending-move.ts";
import { holdersInPostgres } from "./postgres-holders.ts";
import { PostgresLock, tableOf } from "./postgres-lock.ts";
import { type PsqlSession, type StateInPostgres, sessionOf } from "./psql-session.ts";
import { type StoredState, seal, sealedPrefix, unseal } from "./sealed-state.ts";

/**
 * The state of a stack in PostgreSQL, as Terraform's backend `pg` keeps it, while this process has locked it. It is read
 * and written in the session that holds the lock: a session that ends takes lock and unfinished write with it.
 */
export class PostgresState {
	readonly #lock: PostgresLock;
	readonly #state: StateInPostgres;

	private constructor(lock: PostgresLock, state: StateInPostgres) {
		this.#lock = lock;
		this.#state = state;
	}

	/** @throws as PostgresLock.take */
	static async take(state: StateInPostgres, operation: string, under?: string): Promise<PostgresState> {
		return new PostgresState(await PostgresLock.take(state, operation, under), state);
	}

	/** What is stored, for readers, who lock nothing; with who has locked it. */
	static async look(
		state: StateInPostgres,
	): Promise<StoredState & { readonly lock: HolderOfState | undefined }> {
		const session = sessionOf(state, "show");
		try {
			const [lock] = await holdersInPostgres(state, session);
			return { ...(await stored(session, state)), lock };
		} finally {
			await session.close();
		}
	}

	/** The move that is half done; nothing else is read. */
	static async pendingMove(state: StateInPostgres): Promise<PendingMove | undefined> {
		const session = sessionOf(state, "show");
		try {
			return (await stored(session, state, `data LIKE '${sealedPrefix}%'`)).pending;
		} finally {
			await session.close();
		}
	}

	read(): Promise<StoredState> {
		return stored(this.#lock.session, this.#state);
	}

	/**
	 * Stores a state, and a record of a move with it, at once.
	 *
	 * @param prepare makes the table where there is none yet
	 * @throws VisibleError when the session has ended, and nothing was written; as PostgresLock.beforeWrite
	 */
	async write({ text, pending }: StoredState, prepare: () => Promise<void>): Promise<void> {
		const { session } = this.#lock;
		if (!(await tableExists(session, this.#state))) await prepare();
		await this.#lock.beforeWrite();
		const next = pending === undefined ? text : seal({ text, pending });
		await this.#lock.afterWrite(
			await session.ask(next === undefined ? this.#deletion() : this.#replacement(next)),
		);
	}

	async release(): Promise<void> {
		await this.#lock.release();
	}

	/** Within brackets: psql sends what it has of a statement whose end has not come, and that must do nothing. */
	#replacement(text: string): string {
		const quote = `$s${randomBytes(12).toString("hex")}$`;
		return `WITH written AS (
			INSERT INTO ${tableOf(this.#state)} (name, data) VALUES ('default', ${quote}${text}${quote})
			ON CONFLICT (name) DO UPDATE SET data = EXCLUDED.data RETURNING id
		) SELECT id FROM written`;
	}

	#deletion(): string {
		return `WITH removed AS (DELETE FROM ${tableOf(this.#state)} WHERE name = 'default' RETURNING id) SELECT NULL FROM removed`;
	}
}

const tableExists = async (session: PsqlSession, state: StateInPostgres) =>
	(await session.ask(`SELECT to_regclass('${tableOf(state)}') IS NOT NULL`)) === "t";

async function stored(session: PsqlSession, state: StateInPostgres, where = "true"): Promise<StoredState> {
	if (!(await tableExists(session, state))) return unseal(undefined);
	// As JSON, so that every character is what it was.
	const answer = await session.ask(
		`SELECT to_json(data) FROM ${tableOf(state)} WHERE name = 'default' AND ${where}`,
	);
	return unseal(answer === "" ? undefined : (JSON.parse(answer) as string));
}

/** A state as `terraform state pull` prints it, with a line end more: the journal has the digest of that. */
export const asPulled = (text: string | undefined) => (text === undefined ? undefined : `${text}\n`);

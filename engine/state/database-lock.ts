import { setTimeout as sleep } from "node:timers/promises";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { type BrokenLock, type LockHolder, lockLost, type StateLock, StateLocked } from "./lock-holder.ts";
import { type PsqlSession, type StateInPostgres, sessionOf } from "./psql-session.ts";

/** Milliseconds for which a release waits for a database that does not answer, and between two attempts. */
const [longestRelease, pause] = [20_000, 500];

type Ask = (statement: string) => Promise<string>;

/** Rows of the table: who holds the lock, and the last one from whom it was taken. */
type Row = "lock" | "broken";

/**
 * A lock of a state in PostgreSQL that is a row beside the state. Terraform's own one ends with its session: a restart of the
 * database frees it, while the apply that took it goes on over another session and writes its state in the end. A row
 * stays. Of two that insert it at the same moment one is refused.
 */
export class DatabaseLock implements StateLock {
	readonly #state: StateInPostgres;
	readonly #table: string;

	constructor(state: StateInPostgres) {
		this.#state = state;
		this.#table = `"${state.stack}".infra_lock`;
	}

	/** The schema must be there, which Terraform makes at its init. */
	async take(holder: LockHolder): Promise<undefined> {
		const by = await this.#inSession(holder.operation, async (ask) => {
			await this.#makeTable(ask);
			const insertion = `INSERT INTO ${this.#table} VALUES ('lock', ${literal(holder)}) ON CONFLICT DO NOTHING RETURNING name`;
			while ((await ask(insertion)) === "") {
				const other = await this.#read(ask, "lock");
				// Else it was freed in between.
				if (other !== undefined) return other;
			}
			return undefined;
		});
		if (by !== undefined) throw new StateLocked(by);
	}

	async pass(from: LockHolder, to: LockHolder): Promise<void> {
		await this.#inSession(to.operation, async (ask) => {
			const change = `UPDATE ${this.#table} SET content = ${literal(to)} WHERE name = 'lock' AND content->>'id' = '${from.id}' RETURNING name`;
			if ((await ask(`WITH passed AS (${change}) SELECT name FROM passed`)) === "")
				throw lockLost({ lock: await this.#read(ask, "lock"), broken: undefined });
		});
	}

	/** A database that is just being restarted is waited for. */
	async release(id: string): Promise<void> {
		const until = Date.now() + longestRelease;
		for (;;)
			try {
				return await this.#inSession("unlock", async (ask) => {
					if ((await ask(`${this.#deletion(id)} RETURNING name`)) !== "") return;
					const [lock, broken] = [await this.#read(ask, "lock"), await this.#read(ask, "broken")];
					throw lockLost({ lock, broken: broken?.id === id ? (broken as BrokenLock) : undefined });
				});
			} catch (error) {
				if (error instanceof UsageError || Date.now() > until) throw error;
				await sleep(pause);
			}
	}

	async holder(): Promise<LockHolder | undefined> {
		return this.#inSession("show", (ask) => this.#read(ask, "lock"));
	}

	/** Who holds it, asked in a session that is open. */
	holderIn(session: PsqlSession): Promise<LockHolder | undefined> {
		return this.#read((statement) => session.ask(statement), "lock");
	}

	async breakFrom(holder: LockHolder, by: string): Promise<void> {
		const broken: BrokenLock = { ...holder, brokenBy: by, brokenAt: new Date().toISOString() };
		await this.#inSession("unlock", (ask) =>
			ask(
				`WITH freed AS (${this.#deletion(holder.id)} RETURNING name)
				INSERT INTO ${this.#table} SELECT 'broken', ${literal(broken)} FROM freed
				ON CONFLICT (name) DO UPDATE SET content = excluded.content`,
			),
		);
	}

	async #inSession<T>(operation: string, task: (ask: Ask) => Promise<T>): Promise<T> {
		const session = sessionOf(this.#state, operation);
		try {
			return await task((statement) => session.ask(statement));
		} finally {
			await session.close();
		}
	}

	async #isThere(ask: Ask): Promise<boolean> {
		return (await ask(`SELECT to_regclass('${this.#table}') IS NOT NULL`)) === "t";
	}

	async #makeTable(ask: Ask): Promise<void> {
		if (await this.#isThere(ask)) return;
		// Another one may make it at the same moment.
		await ask(
			`DO $$ BEGIN CREATE TABLE ${this.#table} (name text PRIMARY KEY, content jsonb NOT NULL);
			EXCEPTION WHEN duplicate_table OR unique_violation THEN NULL; END $$`,
		);
	}

	async #read(ask: Ask, row: Row): Promise<LockHolder | undefined> {
		if (!(await this.#isThere(ask))) return undefined;
		const text = await ask(`SELECT content FROM ${this.#table} WHERE name = '${row}'`);
		if (text === "") return undefined;
		const { id, holder } = JSON.parse(text) as Partial<LockHolder>;
		if (typeof id !== "string" || typeof holder !== "string")
			throw new VisibleError(
				`stack ${this.#state.stack}: ${this.#table} holds something that is no lock of infra: look at it`,
			);
		return JSON.parse(text) as LockHolder;
	}

	#deletion(id: string): string {
		return `DELETE FROM ${this.#table} WHERE name = 'lock' AND content->>'id' = '${id}'`;
	}
}

/** A value of the type jsonb. The standard's texts know no escape but a doubled quote. */
const literal = (value: object) => `'${JSON.stringify(value).replaceAll("'", "''")}'::jsonb`;

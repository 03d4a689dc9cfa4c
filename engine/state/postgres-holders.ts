import { DatabaseLock } from "./database-lock.ts";
import { adviceFor, type HolderOfState } from "./lock-holder.ts";
import { PostgresLock } from "./postgres-lock.ts";
import { type PsqlSession, type StateInPostgres, sessionOf } from "./psql-session.ts";

/** Somebody who has locked a state in PostgreSQL. */
export interface HolderInPostgres extends HolderOfState {
	/** What holds it, for the reader: `session 12 of PostgreSQL, from 192.0.2.1`. */
	readonly by: string;
	/** What can be done about it. */
	readonly advice: string;
	/** Takes the lock from this holder. @param user who does that, as `user@host` */
	readonly free: (user: string) => Promise<void>;
}

/**
 * Everybody who has locked a state in PostgreSQL, the first one first: the row that an apply keeps, which outlives its
 * session, and the session that has Terraform's own lock. They may be of two commands.
 *
 * @param session that the question is asked in. @default one of its own
 */
export async function holdersInPostgres(
	state: StateInPostgres,
	session?: PsqlSession,
): Promise<HolderInPostgres[]> {
	const asking = session ?? sessionOf(state, "show");
	try {
		const row = new DatabaseLock(state);
		const applying = await row.holderIn(asking);
		const locking = await PostgresLock.holderIn(asking, state);
		return [
			...(applying === undefined
				? []
				: [
						{
							...applying,
							by: `process ${applying.pid}`,
							advice: adviceFor(applying),
							free: (user: string) => row.breakFrom(applying, user),
						},
					]),
			...(locking === undefined
				? []
				: [
						{
							...locking,
							by: `session ${locking.session} of PostgreSQL, from ${locking.address}`,
							advice: "wait until it has ended",
							free: () => PostgresLock.end(state, locking),
						},
					]),
		];
	} finally {
		if (session === undefined) await asking.close();
	}
}

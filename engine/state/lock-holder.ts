import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { startTimeOf } from "../../clients/host/process-start.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { whoAmI } from "./journal.ts";
import type { MoveRecord } from "./pending-move.ts";

/** Who has locked a state. */
export interface LockHolder {
	readonly id: string;
	/** `user@host`: the name by which the lock is broken. */
	readonly holder: string;
	readonly site: string;
	readonly stack: string;
	/** Revision of the code that it works from; absent where it is none of git's. */
	readonly commit?: string | undefined;
	/** ISO 8601. */
	readonly since: string;
	/** What it does: `plan`, `apply`, ... */
	readonly operation: string;
	readonly pid: number;
	/** As `startTimeOf` tells it. */
	readonly startTime?: string | undefined;
	/** Folder of the state on that machine, while the newest version could not be written to its place and is there alone. */
	readonly unwritten?: string | undefined;
}

/** What is known of a holder wherever the lock is. */
export type HolderOfState = Pick<LockHolder, "holder" | "since" | "operation">;

/** The version that the last holder has left. */
export interface LastWrite {
	readonly serial: number;
	readonly lineage: string;
	readonly digest: string;
	/** `user@host`. */
	readonly holder: string;
	/** ISO 8601. */
	readonly at: string;
}

/** A lock that somebody has broken. */
export type BrokenLock = LockHolder & { readonly brokenBy: string; readonly brokenAt: string };

/** One place that keeps the lock of one state. */
export interface StateLock {
	/**
	 * @param of `halfDone`: also while a move from or to the state is half done
	 * @returns what the last holder has left, where the place knows it
	 * @throws StateLocked; UsageError while such a move is half done, where the place knows of it
	 */
	take(holder: LockHolder, of?: { readonly halfDone?: boolean }): Promise<LastWrite | undefined>;
	/** Writes another holder in the place of one, without freeing it in between. @throws UsageError when that one has lost it */
	pass(from: LockHolder, to: LockHolder): Promise<void>;
	/** Frees it, if it is still held under this id. @throws VisibleError when somebody has broken it since */
	release(id: string, last: LastWrite | undefined): Promise<void>;
	/** Who holds it. */
	holder(): Promise<LockHolder | undefined>;
	/** Frees it from a holder, and keeps a record of who did. */
	breakFrom(holder: LockHolder, by: string): Promise<void>;
	/**
	 * Record of a move that is half done, in the same place; absent where that keeps none.
	 *
	 * @param id of the lock under which it is changed. @default it is only read
	 */
	record?(id?: string): MoveRecord;
}

/** Somebody else holds the lock. */
export class StateLocked extends UsageError {
	readonly by: LockHolder;

	constructor(by: LockHolder) {
		super(describe(by), adviceFor(by));
		this.by = by;
	}
}

export function newHolder(
	of: { readonly site: string; readonly stack: string; readonly commit?: string | undefined },
	operation: string,
): LockHolder {
	return {
		id: randomUUID(),
		holder: whoAmI(),
		...of,
		since: new Date().toISOString(),
		operation,
		pid: process.pid,
		startTime: startTimeOf(process.pid),
	};
}

/** Whether the process of a holder is known to have ended. What it has started may still run. */
export function hasEnded({ holder, pid, startTime }: LockHolder): boolean {
	return holder.endsWith(`@${hostname()}`) && startTimeOf(pid) !== startTime;
}

/** A lock that was held is not held any more. */
export function lockLost({
	lock,
	broken,
}: {
	readonly lock: LockHolder | undefined;
	readonly broken: BrokenLock | undefined;
}): UsageError {
	const by = broken === undefined ? "" : ` by ${broken.brokenBy} at ${broken.brokenAt}`;
	return new UsageError(
		`the lock of the state was broken${by} while this command held it${lock === undefined ? "" : `, and ${lock.holder} holds it now`}`,
		"compare what both have written before either is committed: infra state history",
	);
}

function describe(by: LockHolder): string {
	const at = by.commit === undefined ? "" : `, at commit ${by.commit.slice(0, 12)}`;
	const ended =
		by.unwritten !== undefined
			? `; its newest state could not be written, and is on that machine alone (${by.unwritten})`
			: hasEnded(by)
				? `; its process ${by.pid} has ended without freeing it`
				: "";
	return `stack ${by.stack} of site ${by.site}: its state is locked by ${by.holder} since ${by.since}, for ${by.operation}${at}${ended}`;
}

export function adviceFor(by: LockHolder): string {
	if (by.unwritten !== undefined)
		return `once that is mended there, infra plan ${by.stack} takes it from there and frees the lock; if it is lost for good: infra state unlock ${by.stack} --holder ${by.holder}`;
	const certain = hasEnded(by)
		? "once no terraform of it runs any more"
		: "wait until it has ended; if it is gone for certain";
	return `${certain}: infra state unlock ${by.stack} --holder ${by.holder}`;
}

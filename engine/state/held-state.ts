import { UsageError } from "../../terminal/usage-error.ts";
import { type Disk, disk as realDisk } from "./disk.ts";
import { whoAmI } from "./journal.ts";
import {
	type LastWrite,
	type LockHolder,
	lockLost,
	newHolder,
	type StateLock,
	StateLocked,
} from "./lock-holder.ts";
import type { MoveRecord } from "./pending-move.ts";
import { forgetInMemory, hasLeftState, isInMemoryAlone, keepInMemory } from "./rescue.ts";
import { SopsError, SopsMissing } from "./sops.ts";
import type { StateHead } from "./state-head.ts";
import type { Answer, LockRequest, StateHandlers } from "./state-server.ts";
import type { StateStore } from "./state-store.ts";

/** Which state it is, and which code works on it. */
interface Subject {
	readonly site: string;
	readonly stack: string;
	readonly commit?: string | undefined;
}

/** Somebody has written a newer version of a state than this checkout has. */
export class NotNewest extends UsageError {}

/** When a state may be locked although something speaks against it. */
export interface LockedOptions {
	/** Also where somebody else has written a newer version. @default false */
	readonly older?: boolean;
	/** Also while a move from or to it is half done. @default false */
	readonly halfDone?: boolean;
	/** Goes on under the lock of a run that has left the newest state here: nobody gets it in between. @default false */
	readonly left?: boolean;
}

/** An encrypted state and its lock, as the backend serves them. */
export class HeldState {
	/** The last thing that was refused, and why: Terraform knows only a status. */
	refusal: Error | undefined;
	readonly warnings: string[] = [];
	readonly #store: StateStore;
	readonly #locks: readonly StateLock[];
	readonly #subject: Subject;
	#holder: LockHolder | undefined;
	/** What was the newest version when it was locked; it may have been written elsewhere. */
	#newest: LastWrite | undefined;

	/** Whether the newest version could not even be kept in memory. */
	#isNowhere = false;
	readonly #disk: Disk;

	/** @param locks in the order in which they are taken */
	constructor(store: StateStore, locks: readonly StateLock[], subject: Subject, disk = realDisk) {
		this.#disk = disk;
		this.#store = store;
		this.#locks = locks;
		this.#subject = subject;
	}

	/**
	 * Does something while the state is locked.
	 *
	 * @param task is told of the newest version that somebody has written
	 * @throws StateLocked, NotNewest; UsageError while a move is half done
	 */
	async locked<T>(
		operation: string,
		task: (last: LastWrite | undefined) => Promise<T>,
		options: LockedOptions = {},
	): Promise<T> {
		if (this.#holder !== undefined) {
			await this.requireHeld();
			return task(undefined);
		}
		const last = await this.#take(newHolder(this.#subject, operation), options);
		try {
			return await task(last);
		} finally {
			await this.releaseLeft();
		}
	}

	/** Where a move from or to it is recorded, as long as it is locked. */
	get records(): readonly MoveRecord[] {
		return this.#locks.flatMap((lock) => lock.record?.(this.#holder?.id) ?? []);
	}

	/**
	 * Before a write that could as well not happen. A place that does not answer has not said that the lock is lost.
	 *
	 * @throws UsageError when somebody has broken the lock since
	 */
	async requireHeld(): Promise<void> {
		for (const lock of this.#locks) {
			const asked = await lock.holder().then(
				(now) => ({ now }),
				() => undefined,
			);
			if (asked !== undefined && asked.now?.id !== this.#holder?.id)
				throw lockLost({ lock: asked.now, broken: undefined });
		}
	}

	/**
	 * Frees the lock, if it is held. What prevents that becomes a warning: the state is written. While the newest version is
	 * in memory alone, the lock stays: whoever gets it would apply what has been done already once more.
	 */
	async releaseLeft(): Promise<void> {
		const holder = this.#holder;
		if (holder === undefined) return;
		if (this.#isNowhere || isInMemoryAlone(this.#store.place.folder)) {
			await this.#note(this.#store.place.folder);
			this.#holder = undefined;
			return;
		}
		const last = await this.#lastWrite();
		// The one that everybody sees is freed before the one of this checkout.
		for (const lock of this.#locks.toReversed())
			try {
				await lock.release(holder.id, last);
			} catch (error) {
				const { stack } = this.#subject;
				this.warnings.push(
					`stack ${stack}: its lock was not freed (${(error as Error).message}); infra state unlock ${stack} --holder ${holder.holder}`,
				);
			}
		this.#holder = undefined;
	}

	/** Backend for Terraform. */
	readonly handlers: StateHandlers = {
		get: () =>
			this.#refusing(async () => {
				const text = await this.#store.read();
				return text === undefined ? { status: 404 } : { status: 200, body: text };
			}),
		post: (text, lock) =>
			this.#refusing(async () => {
				const holder = this.#holder;
				if (holder === undefined || holder.id !== lock)
					throw new UsageError(
						`stack ${this.#subject.stack}: its state is written under its lock alone`,
						"leave out -lock=false",
					);
				await this.#write(text);
				return { status: 200 };
			}),
		lock: (request) => this.#refusing(() => this.#lock(request)),
		unlock: ({ ID }) =>
			this.#refusing(async () => {
				const { stack } = this.#subject;
				if (ID === undefined || this.#holder?.id !== ID)
					throw new UsageError(
						`stack ${stack}: that lock is not of this run`,
						`infra state unlock ${stack} --holder <name>`,
					);
				// Else it is freed once the session has tried again.
				if (!this.#isNowhere && !isInMemoryAlone(this.#store.place.folder)) await this.releaseLeft();
				return { status: 200 };
			}),
	};

	/** A version that cannot be stored is kept in memory: Terraform may be killed before it has saved its own. */
	async #write(text: string): Promise<void> {
		const { folder } = this.#store.place;
		try {
			await this.#store.write(text);
		} catch (error) {
			if (!couldNotBeStored(error)) throw error;
			try {
				keepInMemory(folder, text, this.#disk);
			} catch {
				this.#isNowhere = true;
			}
			await this.#note(folder);
			throw error;
		}
		this.#isNowhere = false;
		forgetInMemory(folder, this.#disk);
		await this.#note(undefined);
	}

	/** Tells everybody where the newest version is alone. */
	async #note(unwritten: string | undefined): Promise<void> {
		const { stack } = this.#subject;
		const holder = this.#holder;
		if (holder === undefined || holder.unwritten === unwritten) return;
		this.#holder = { ...holder, unwritten };
		for (const lock of this.#locks)
			await lock.pass(holder, this.#holder).catch((error: Error) => {
				this.warnings.push(`stack ${stack}: its lock does not say why it stays (${error.message})`);
			});
	}

	async #lock({ ID, Operation = "" }: LockRequest): Promise<Answer> {
		const operation = Operation.replace(/^OperationType/, "").toLowerCase() || "a command";
		try {
			await this.#take({ ...newHolder(this.#subject, operation), id: ID });
			return { status: 200 };
		} catch (error) {
			if (!(error instanceof StateLocked)) throw error;
			this.refusal = error;
			return { status: 423, body: lockInfo(error) };
		}
	}

	async #take(
		wanted: LockHolder,
		{ older = false, halfDone = false, left = false }: LockedOptions = {},
	): Promise<LastWrite | undefined> {
		if (this.#holder !== undefined) throw new StateLocked(this.#holder);
		let holder = wanted;
		const taken: StateLock[] = [];
		let newest: LastWrite | undefined;
		try {
			for (const lock of this.#locks) {
				const by = left ? await lock.holder() : undefined;
				if (by !== undefined && hasLeftState(this.#store.place.folder, by)) {
					holder = { ...holder, since: by.since };
					await lock.pass(by, holder);
					taken.push(lock);
					continue;
				}
				const last = await lock.take(holder, { halfDone });
				taken.push(lock);
				if (last !== undefined && !older) this.#requireNewest(await this.#store.head(), last);
				newest ??= last;
			}
			this.#newest = newest;
			this.#holder = holder;
			return newest;
		} catch (error) {
			for (const lock of taken.toReversed()) await lock.release(holder.id, undefined).catch(() => {});
			throw error;
		}
	}

	/** A checkout may be behind: what would be planned from its state has been done already, by somebody else. */
	#requireNewest(head: StateHead | undefined, last: LastWrite): void {
		const { stack } = this.#subject;
		if (head?.digest === last.digest) return;
		if (head !== undefined && head.lineage === last.lineage && head.serial > last.serial) return;
		const here = head === undefined ? "none is here" : `the one here has serial ${head.serial}`;
		throw new NotNewest(
			`stack ${stack}: this is not its newest state: ${last.holder} has written serial ${last.serial} at ${last.at}, and ${here}`,
			`get it from there (git pull); if it is lost for good: infra state rollback ${stack} <serial>`,
		);
	}

	async #lastWrite(): Promise<LastWrite | undefined> {
		// One that could not be written to its place is the newest all the same: what others have is older.
		const head = this.#store.rescued?.head ?? (await this.#store.head().catch(() => undefined));
		if (head === undefined) return undefined;
		// An older one that was only looked at has not become the newest.
		if (this.#newest !== undefined && head.serial <= this.#newest.serial) return undefined;
		const { serial, lineage, digest } = head;
		return { serial, lineage, digest, holder: whoAmI(), at: new Date().toISOString() };
	}

	/** Statuses from 500 on would be asked for again. */
	async #refusing(task: () => Promise<Answer>): Promise<Answer> {
		try {
			return await task();
		} catch (error) {
			this.refusal = error as Error;
			return { status: 400, body: (error as Error).message };
		}
	}
}

/** Whether a state is right, and nothing could take it. What does not follow the stored one is none that was lost. */
export const couldNotBeStored = (error: unknown) =>
	error instanceof SopsError ||
	error instanceof SopsMissing ||
	(error as NodeJS.ErrnoException).code !== undefined;

/** As Terraform shows it (`statemgr.LockInfo`). */
function lockInfo({ by, hint }: StateLocked): string {
	return JSON.stringify({
		ID: by.id,
		Operation: by.operation,
		Who: by.holder,
		Created: by.since,
		Info: hint ?? "",
		Version: "",
		Path: `${by.site}/${by.stack}`,
	});
}

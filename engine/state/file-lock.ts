import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { startTimeOf } from "../../clients/host/process-start.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { type Disk, disk as realDisk } from "./disk.ts";
import { type LockHolder, lockLost, type StateLock, StateLocked } from "./lock-holder.ts";
import { type MoveRecord, recordInFolder } from "./pending-move.ts";

/**
 * A lock in a file beside the state. It protects this checkout alone: whoever works in another one, on this machine or
 * another, does not see it.
 */
export class FileLock implements StateLock {
	readonly #file: string;
	readonly #disk: Disk;

	constructor(file: string, disk = realDisk) {
		this.#file = file;
		this.#disk = disk;
	}

	async take(holder: LockHolder): Promise<undefined> {
		const own = `${this.#file}.${holder.pid}`;
		try {
			mkdirSync(dirname(this.#file), { recursive: true });
			this.#removeLeft();
			this.#disk.write(own, JSON.stringify(holder));
		} catch (error) {
			throw new VisibleError(
				`stack ${holder.stack}: nothing can be written beside its state, and nothing was done: ${(error as Error).message}`,
			);
		}
		try {
			// The name appears with its whole content, or not at all.
			this.#disk.link(own, this.#file);
		} catch (error) {
			const { code } = error as NodeJS.ErrnoException;
			// Another machine that shares the folder has taken the file for one that was left.
			if (code !== "EEXIST" && code !== "ENOENT") throw error;
			const by = await this.holder();
			if (by === undefined) return this.take(holder);
			throw new StateLocked(by);
		} finally {
			this.#disk.remove(own);
		}
	}

	/** Removes files of processes that have ended before they got the lock, or right after. */
	#removeLeft(): void {
		const folder = dirname(this.#file);
		for (const name of readdirSync(folder)) {
			const [, pid] = new RegExp(`^${basename(this.#file)}\\.(\\d+)$`).exec(name) ?? [];
			if (pid !== undefined && startTimeOf(Number(pid)) === undefined) this.#disk.remove(join(folder, name));
		}
	}

	async release(id: string): Promise<void> {
		if ((await this.holder())?.id === id) this.#disk.remove(this.#file);
	}

	async holder(): Promise<LockHolder | undefined> {
		const text = this.#read();
		if (text === undefined) return undefined;
		try {
			return JSON.parse(text) as LockHolder;
		} catch {
			throw new VisibleError(`${this.#file} is no lock of infra: look at it, and remove it`);
		}
	}

	async pass(from: LockHolder, to: LockHolder): Promise<void> {
		const lock = await this.holder();
		if (lock?.id !== from.id) throw lockLost({ lock, broken: undefined });
		const own = `${this.#file}.${to.pid}`;
		this.#disk.write(own, JSON.stringify(to));
		this.#disk.rename(own, this.#file);
	}

	/** Its holder may free it at any moment. */
	#read(): string | undefined {
		try {
			return readFileSync(this.#file, "utf8");
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
			throw error;
		}
	}

	async breakFrom({ id }: LockHolder): Promise<void> {
		await this.release(id);
	}

	record(): MoveRecord {
		return recordInFolder(dirname(this.#file), this.#disk);
	}
}

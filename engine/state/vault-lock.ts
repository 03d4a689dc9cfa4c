import { askVault, findInVault, type VaultAccess } from "../../clients/vault/ask-vault.ts";
import { VaultRefusal } from "../../clients/vault/refusal.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import {
	type BrokenLock,
	type LastWrite,
	type LockHolder,
	lockLost,
	type StateLock,
	StateLocked,
} from "./lock-holder.ts";
import { isHalfDone, type MoveRecord, type PendingMove } from "./pending-move.ts";

/** What the entry of a state holds; each as JSON in a text, or an empty text. */
interface Entry {
	readonly lock: LockHolder | undefined;
	readonly last: LastWrite | undefined;
	/** The last time that somebody broke a lock. */
	readonly broken: BrokenLock | undefined;
	/** The move from or to it that is half done. It outlives the lock of who has begun it. */
	readonly move: PendingMove | undefined;
}

/**
 * A lock in Vault's KV engine, which every machine sees. Each change names the version of the entry that it was made from
 * (check-and-set), so that of two at the same moment one is refused.
 */
export class VaultLock implements StateLock {
	readonly #login: () => Promise<VaultAccess>;
	readonly #mount: string;
	readonly #path: readonly string[];

	/** @param login asked for when Vault is */
	constructor(
		login: () => Promise<VaultAccess>,
		{ mount, site, stack }: { readonly mount: string; readonly site: string; readonly stack: string },
	) {
		this.#login = login;
		this.#mount = mount;
		this.#path = ["locks", site, stack];
	}

	async take(holder: LockHolder, { halfDone = false } = {}): Promise<LastWrite | undefined> {
		try {
			for (;;) {
				const { entry, version } = await this.#read();
				if (entry.lock !== undefined) throw new StateLocked(entry.lock);
				if (entry.move !== undefined && !halfDone) throw isHalfDone(entry.move, holder.stack);
				if (await this.#write({ ...entry, lock: holder }, version)) return entry.last;
			}
		} catch (error) {
			throw this.#orElse(error);
		}
	}

	async release(id: string, last: LastWrite | undefined): Promise<void> {
		await this.#change(id, (entry) => ({ ...entry, lock: undefined, last: last ?? entry.last }));
	}

	async pass(from: LockHolder, to: LockHolder): Promise<void> {
		await this.#change(from.id, (entry) => ({ ...entry, lock: to }));
	}

	/** Every checkout sees it. */
	record(id?: string): MoveRecord {
		const set = (move: PendingMove | undefined) => this.#change(id, (entry) => ({ ...entry, move }));
		const find = async () => {
			try {
				return (await this.#read()).entry.move;
			} catch (error) {
				throw this.#orElse(error);
			}
		};
		const clear = async () => {
			if ((await find()) !== undefined) await set(undefined);
		};
		return { shared: true, find, put: set, clear };
	}

	async holder(): Promise<LockHolder | undefined> {
		return (await this.#read()).entry.lock;
	}

	async breakFrom({ id }: LockHolder, by: string): Promise<void> {
		for (;;) {
			const { entry, version } = await this.#read();
			if (entry.lock?.id !== id) return;
			const broken = { ...entry.lock, brokenBy: by, brokenAt: new Date().toISOString() };
			if (await this.#write({ ...entry, lock: undefined, broken }, version)) return;
		}
	}

	/** What can be done where Vault does not answer. */
	#orElse(error: unknown): unknown {
		if (!(error instanceof VisibleError) || error instanceof UsageError) return error;
		return new UsageError(
			`stack ${this.#path.at(-1)}: the lock of its state is in Vault, which does not give it: ${error.message}`,
			"where that Vault is lost, and nobody else deploys: INFRA_STATE_LOCK=file locks it in this checkout alone",
		);
	}

	/** @throws UsageError when the lock is no longer held under this id */
	async #change(id: string | undefined, change: (entry: Entry) => Entry): Promise<void> {
		for (;;) {
			const { entry, version } = await this.#read();
			if (entry.lock === undefined || entry.lock.id !== id) throw lockLost(entry);
			if (await this.#write(change(entry), version)) return;
		}
	}

	async #read(): Promise<{ readonly entry: Entry; readonly version: number }> {
		const found = await findInVault(await this.#login(), { path: [this.#mount, "data", ...this.#path] });
		if (found === undefined) {
			const version = await this.#deletedVersion();
			return version === undefined ? this.#read() : { entry: noEntry, version };
		}
		const { data, metadata } = (found.data ?? {}) as {
			readonly data?: Readonly<Record<string, unknown>>;
			readonly metadata?: { readonly version?: unknown };
		};
		if (typeof metadata?.version !== "number")
			throw new VisibleError(`${this.#name} of Vault is no entry of KV version 2`);
		const entry = {
			lock: this.#parse(data?.lock),
			last: this.#parse(data?.last),
			broken: this.#parse(data?.broken),
			move: this.#parse(data?.move),
		};
		return { entry: entry as Entry, version: metadata.version };
	}

	/**
	 * Number of the newest version of an entry whose content was deleted; 0 without an entry; undefined when somebody has
	 * written it in between, whose lock would be overwritten.
	 */
	async #deletedVersion(): Promise<number | undefined> {
		const found = await findInVault(await this.#login(), { path: [this.#mount, "metadata", ...this.#path] });
		if (found === undefined) return 0;
		const { current_version: newest, versions } = found.data as {
			readonly current_version: number;
			readonly versions: Readonly<
				Record<string, { readonly deletion_time: string; readonly destroyed: boolean }>
			>;
		};
		const { deletion_time: deleted = "", destroyed = false } = versions[newest] ?? {};
		return newest === 0 || deleted !== "" || destroyed ? newest : undefined;
	}

	/** @returns false when the entry has been changed since that version */
	async #write({ lock, last, broken, move }: Entry, cas: number): Promise<boolean> {
		const text = (value: object | undefined) => (value === undefined ? "" : JSON.stringify(value));
		const data = { lock: text(lock), last: text(last), broken: text(broken), move: text(move) };
		try {
			const path = [this.#mount, "data", ...this.#path];
			await askVault(await this.#login(), { method: "POST", path, body: { options: { cas }, data } });
			return true;
		} catch (error) {
			const conflict =
				error instanceof VaultRefusal &&
				error.errors.some((words) => words.includes("check-and-set parameter did not match"));
			if (!conflict) throw error;
			return false;
		}
	}

	/** An entry that somebody else has written must not count as free. */
	#parse(value: unknown): object | undefined {
		if (value === "" || value === undefined) return undefined;
		try {
			const parsed: unknown = JSON.parse(String(value));
			if (typeof parsed === "object" && parsed !== null) return parsed;
		} catch {}
		throw new VisibleError(`${this.#name} of Vault holds something that is no lock of infra: look at it`);
	}

	get #name(): string {
		return [this.#mount, ...this.#path].join("/");
	}
}

const noEntry: Entry = { lock: undefined, last: undefined, broken: undefined, move: undefined };

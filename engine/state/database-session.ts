import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { VisibleError } from "../../config/schema/visible-error.ts";
import type { StateBackend } from "../../stacks/state-backend.ts";
import { stateSectionOf } from "../../stacks/state-section.ts";
import { printProgress } from "../../terminal/output.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import type { StackDocument } from "../../world/world.ts";
import { Act } from "./act.ts";
import { DatabaseLock } from "./database-lock.ts";
import { disk } from "./disk.ts";
import { couldNotBeStored } from "./held-state.ts";
import { whoAmI } from "./journal.ts";
import { hasEnded, type LockHolder, newHolder, StateLocked } from "./lock-holder.ts";
import { type LockedState, type PlaceOfState, withLockedState } from "./locked-state.ts";
import { memoryFolder, sweepMemory } from "./memory-folder.ts";
import { postgresOf } from "./open-state.ts";
import { begunState, emergencyFile, keepRescued, leftovers } from "./rescue.ts";
import { decrypt, encrypt } from "./sops.ts";
import { headOfState } from "./state-head.ts";

export interface DatabaseSessionInput {
	readonly document: Pick<StackDocument, "stack" | "json">;
	/** Folder that the document's paths are relative to, absolute. */
	readonly stackFolder: string;
	/** Revision of the code. */
	readonly commit?: string | undefined;
	/** @default that of this process */
	readonly env?: NodeJS.ProcessEnv;
}

/** The state of a stack in PostgreSQL while one command runs: its lock, and what Terraform leaves. */
export class DatabaseSession {
	/** Folder in memory for what Terraform writes in the clear; undefined where states are kept in the clear. */
	readonly memory: string | undefined;
	readonly #place: PlaceOfState;
	readonly #lock: DatabaseLock;
	#links: string[] = [];

	private constructor(place: PlaceOfState, lock: DatabaseLock) {
		this.#place = place;
		this.#lock = lock;
		if (place.recipients === undefined) return;
		this.memory = memoryFolder(place.folder);
		sweepMemory(this.memory);
	}

	/** @returns undefined when the document does not keep its state in a database */
	static open({ document, ...of }: DatabaseSessionInput): DatabaseSession | undefined {
		const section = stateSectionOf(document);
		const { backend } = (document.json.terraform ?? {}) as { readonly backend?: StateBackend };
		if (section === undefined || backend === undefined) return undefined;
		const folder = resolve(of.stackFolder, section.folder);
		const { recipients } = section;
		const { stack } = document;
		const place = { ...of, section, stack, backend, folder, recipients, stateTier: 1 as const };
		const database = postgresOf(place);
		return database && new DatabaseSession(place, new DatabaseLock(database));
	}

	/**
	 * Looks who works on the state, and takes over what an earlier run could not write to the database.
	 *
	 * @throws StateLocked while somebody applies; UsageError when what was left does not follow the stored state
	 */
	async begin(): Promise<void> {
		// Whatever else is wrong with the database, Terraform says, and whoever applies.
		const by = await this.#lock.holder().catch(() => undefined);
		if (by === undefined) return this.#takeOver();
		if (by.holder !== whoAmI() || !hasEnded(by) || !this.#hasLeftSince(by)) throw new StateLocked(by);
		// Nobody gets the lock before the newest state is in its place.
		const own = { ...this.#newHolder("recovery"), since: by.since };
		await this.#lock.pass(by, own);
		await this.#takeOver(own.id);
		await this.#lock.release(own.id);
	}

	#newHolder(operation: string): LockHolder {
		const { section, stack, commit } = this.#place;
		return newHolder({ site: section.site, stack, commit }, operation);
	}

	/**
	 * Does something to the state while nobody else can, also when Terraform loses its session midway. The lock stays where
	 * the newest state is here alone: whoever plans the stored one would make everything a second time.
	 *
	 * @throws StateLocked; UsageError when somebody has broken the lock since
	 */
	async locked(operation: string, task: () => Promise<void>): Promise<void> {
		const { stack } = this.#place;
		const holder = this.#newHolder(operation);
		await this.#lock.take(holder);
		const release = async () => {
			if (existsSync(this.#emergency)) return;
			try {
				await this.#lock.release(holder.id);
			} catch (error) {
				if (error instanceof UsageError) throw error;
				printProgress(
					`stack ${stack}: its lock was not freed (${(error as Error).message}); infra state unlock ${stack} --holder ${holder.holder}`,
				);
			}
		};
		try {
			await task();
		} catch (error) {
			await release().catch((lost: Error) => printProgress(`stack ${stack}: ${lost.message}`));
			throw error;
		}
		await release();
	}

	/** Leads Terraform's emergency file out of its folder, which ends with the run. */
	cover(folder: string): void {
		const kept = this.#emergency;
		mkdirSync(this.memory ?? this.#place.folder, { recursive: true });
		const link = join(folder, emergencyFile);
		rmSync(link, { force: true });
		symlinkSync(kept, link);
		this.#links.push(link);
	}

	/**
	 * Encrypts what Terraform has left.
	 *
	 * @throws UsageError when the newest state is not in the database, and says where it is
	 */
	async close(): Promise<void> {
		for (const link of this.#links) rmSync(link, { force: true });
		if (!existsSync(this.#emergency)) return;
		const { stack, folder, recipients } = this.#place;
		let where = this.#emergency;
		if (recipients !== undefined)
			try {
				const { text } = await encrypt(begunState(readFileSync(this.#emergency, "utf8")), {
					age: recipients,
				});
				const { file, inMemory } = keepRescued(folder, text, new VisibleError("the database"), disk);
				rmSync(this.#emergency);
				where = `${file}, encrypted${inMemory ? ", in memory: a restart of the machine loses it" : ""}`;
			} catch (error) {
				if (!couldNotBeStored(error)) throw error;
				where += `, in the clear, in memory: a restart of the machine loses it (${(error as Error).message})`;
			}
		throw new UsageError(
			`stack ${stack}: what was done is done, and the database did not take its newest state; it is kept in ${where}`,
			"the lock of the state stays until then: once the database answers, run the command again here, which takes the state from there",
		);
	}

	get #emergency(): string {
		return join(this.memory ?? this.#place.folder, emergencyFile);
	}

	/** What an earlier run could not write to the database. */
	get #left(): { readonly file: string; readonly encrypted: boolean }[] {
		return this.memory === undefined
			? [{ file: this.#emergency, encrypted: false }].filter(({ file }) => existsSync(file))
			: leftovers(this.#place.folder);
	}

	/** What was written here under a lock was left by its holder. */
	#hasLeftSince({ since }: LockHolder): boolean {
		return this.#left.some(({ file }) => statSync(file).mtimeMs >= Date.parse(since));
	}

	/** @param under id of the row under which the state is locked already */
	async #takeOver(under?: string): Promise<void> {
		const { stack, folder, section, commit } = this.#place;
		for (const { file, encrypted } of this.#left) {
			const content = readFileSync(file, "utf8");
			const text = encrypted ? await decrypt(content) : begunState(content);
			const take = async (state: LockedState) => {
				const stored = await state.read();
				// A run before was stopped after it had written it.
				if (stored !== undefined && isSameVersion(stored, text)) return;
				const act = new Act({ what: "recovery", folder, commit, site: section.site });
				const written = await state.write(text).catch((error: Error) => {
					act.end("failed");
					if (!(error instanceof UsageError)) throw error;
					throw new UsageError(
						`${file} was left by an earlier run of stack ${stack}, and does not fit: ${error.message}`,
						"look what only it has (infra plan --adopt takes over what is there), then remove it",
					);
				});
				act.end("done", written);
				printProgress(
					`stack ${stack}: the state that an earlier run could not write to the database was taken over, serial ${headOfState(text).serial}`,
				);
			};
			await withLockedState(this.#place, "recovery", take, { under });
			rmSync(file);
		}
	}
}

/** Whether two texts are one state: a state that is pushed to a database gets another serial. */
function isSameVersion(one: string, other: string): boolean {
	const contentOf = (text: string) => ({ ...JSON.parse(text), serial: 0 });
	return isDeepStrictEqual(contentOf(one), contentOf(other));
}

import { rmSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { vaultAccess } from "../../clients/vault/access.ts";
import type { StateSection } from "../../stacks/state-section.ts";
import { printProgress } from "../../terminal/output.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { Act, type ActInput } from "./act.ts";
import { FileLock } from "./file-lock.ts";
import { couldNotBeStored, HeldState } from "./held-state.ts";
import type { StateLock } from "./lock-holder.ts";
import { memoryFolder, sweepMemory } from "./memory-folder.ts";
import { hasLeft, needsRecovery, recover } from "./recover.ts";
import { emergencyFile, isInMemoryAlone } from "./rescue.ts";
import { encrypt, SopsError } from "./sops.ts";
import { type StateServer, startStateServer } from "./state-server.ts";
import { StateStore } from "./state-store.ts";
import { VaultLock } from "./vault-lock.ts";

export interface SessionInput {
	readonly section: StateSection;
	readonly stack: string;
	/** Folder that the section's paths are relative to, absolute. */
	readonly stackFolder: string;
	/** Revision of the code. */
	readonly commit?: string | undefined;
	/** @default that of this process */
	readonly env?: NodeJS.ProcessEnv;
}

/** The encrypted state of a stack while one command runs: a backend on loopback, its lock, and what Terraform leaves. */
export class StateSession {
	readonly store: StateStore;
	/** Folder in memory for what Terraform writes in the clear. */
	readonly memory: string;
	readonly state: HeldState;
	readonly #input: SessionInput;
	#server: StateServer | undefined;
	#links: string[] = [];

	private constructor(input: SessionInput, store: StateStore, locks: readonly StateLock[]) {
		this.#input = input;
		this.store = store;
		this.memory = memoryFolder(store.place.folder);
		this.state = new HeldState(store, locks, {
			site: input.section.site,
			stack: input.stack,
			commit: input.commit,
		});
	}

	/**
	 * Brings what an earlier run has left to its place, and starts the backend.
	 *
	 * @returns undefined when the state of the stack is not kept encrypted
	 */
	static async open(input: SessionInput): Promise<StateSession | undefined> {
		if (input.section.encryption === undefined) return undefined;
		const session = await StateSession.prepare(input);
		// Whoever can open a state may not be able to encrypt the next one. That is tried before anything is done.
		await encrypt("", { age: session.store.place.recipients.age }).catch((error: Error) => {
			if (!(error instanceof SopsError)) throw error;
			throw new UsageError(
				`stack ${input.stack}: its state cannot be encrypted, and nothing was done: ${error.message}`,
				"state.tier0.recipients are public keys of age, as age-keygen -y prints them",
			);
		});
		session.#server = await startStateServer(session.state.handlers);
		return session;
	}

	/** The same without a backend, for what needs no Terraform. */
	static async prepare(input: SessionInput): Promise<StateSession> {
		const store = openStore(input);
		const session = new StateSession(input, store, locksOf(input));
		sweepMemory(session.memory);
		await session.recover();
		return session;
	}

	/** Variables for Terraform. */
	get environment(): Readonly<Record<string, string>> {
		return this.#server?.environment ?? {};
	}

	/**
	 * Takes over what an earlier run has left, with a line in the journal before and one after.
	 *
	 * @throws UsageError when the newest state is still not in its place, and says where it is
	 */
	async recover(): Promise<void> {
		if (!needsRecovery(this.store)) return;
		const task = async () => {
			const act = hasLeft(this.store) ? this.begin({ what: "recovery" }) : undefined;
			try {
				for (const line of await recover(this.store)) printProgress(line);
				// Who went on would work on an older one.
				this.#requireInPlace();
			} catch (error) {
				act?.end("failed");
				throw this.#withPlace(error as Error);
			}
			act?.end("done", await this.store.head());
		};
		// It may be what ends a move, and bring the newest version to its place.
		await this.state.locked("recovery", task, { halfDone: true, older: true, left: true });
	}

	/** Leads files that Terraform writes into its folder in the clear to the folder in memory. */
	cover(folder: string, names: readonly string[] = [emergencyFile]): void {
		for (const name of names) {
			const link = join(folder, name);
			rmSync(link, { force: true });
			symlinkSync(join(this.memory, name), link);
			this.#links.push(link);
		}
	}

	/** Begins an act that the journal has. */
	begin(act: Omit<ActInput, "folder" | "site" | "commit">): Act {
		const { section, commit } = this.#input;
		return new Act({ ...act, folder: this.store.place.folder, site: section.site, commit });
	}

	/**
	 * Ends the backend once Terraform has ended: takes over its emergency file, and frees a lock that it has left, in this
	 * order, so that nobody gets an older state in between.
	 *
	 * @throws UsageError when the newest state is not in its place, and says where it is
	 */
	async close(): Promise<void> {
		await this.#server?.close();
		try {
			for (const link of this.#links) rmSync(link, { force: true });
			if (this.#server !== undefined && isInMemoryAlone(this.store.place.folder)) await this.recover();
		} finally {
			await this.state.releaseLeft();
			for (const line of [...this.store.warnings, ...this.state.warnings]) printProgress(line);
		}
		this.#requireInPlace();
	}

	#requireInPlace(): void {
		const { rescued } = this.store;
		if (rescued !== undefined)
			throw new UsageError(
				`stack ${this.#input.stack}: what was done is done, and its newest state could not be written to its place (${rescued.reason}); it is kept, encrypted, in ${rescued.file}${rescued.inMemory ? ", in memory: a restart of the machine loses it" : ""}`,
				"mend that, and run the command again: it takes the state from there",
			);
	}

	/** Says of a failure where the newest state is meanwhile, and how it gets to its place. */
	#withPlace(error: Error): Error {
		const { folder } = this.store.place;
		if (!couldNotBeStored(error) || !isInMemoryAlone(folder)) return error;
		const { stack } = this.#input;
		return new UsageError(
			`stack ${stack}: what was done is done, and its newest state could not be written (${error.message}); it is kept in the clear in ${join(this.memory, emergencyFile)}, in memory: a restart of the machine loses it`,
			`its lock stays until it is written: mend that, and run infra plan ${stack} here, which takes it from there first`,
		);
	}
}

/** The encrypted state of a stack. */
export function openStore({ section, stack, stackFolder }: SessionInput): StateStore {
	const { vault, encryption, site } = section;
	const transit =
		vault?.key && `${vault.address.replace(/\/+$/, "")}/v1/${vault.key.mount}/keys/${vault.key.name}`;
	const recipients = { age: encryption?.recipients ?? [], transit };
	return new StateStore({ folder: resolve(stackFolder, section.folder), site, stack, recipients });
}

/** Locks in the order in which they are taken: the one of this checkout, and once Vault is there, one for all machines. */
export function locksOf(input: SessionInput): readonly StateLock[] {
	const { section, stack, stackFolder, env = process.env } = input;
	const { vault, site } = section;
	const here = new FileLock(join(resolve(stackFolder, section.folder), "terraform.tfstate.lock"));
	const choice = env.INFRA_STATE_LOCK || "vault";
	if (choice !== "vault" && choice !== "file")
		throw new UsageError(`INFRA_STATE_LOCK is ${choice}: expected vault or file`);
	if (vault === undefined || choice === "file") return [here];
	return [here, new VaultLock(() => vaultAccess({ vault }, env), { mount: vault.kvMount, site, stack })];
}

import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Disk } from "./disk.ts";
import { whoAmI } from "./journal.ts";
import { hasEnded, type LockHolder } from "./lock-holder.ts";
import { memoryFolder, ownName } from "./memory-folder.ts";

/** A version of a state that could not be written to its place. */
export interface Rescued {
	/** Encrypted file that has it. */
	readonly file: string;
	/** Why. */
	readonly reason: string;
	/** Whether it is gone with a restart of the machine. */
	readonly inMemory: boolean;
}

/** Name of Terraform's own emergency file. */
export const emergencyFile = "errored.tfstate";

/** Folder for what could not be written to the folder of a state. */
function rescueFolder(folder: string): string {
	const home = process.env.XDG_STATE_HOME || join(homedir(), ".local", "state");
	return join(home, "infra", createHash("sha256").update(folder).digest("hex").slice(0, 16));
}

/** Files that an earlier run may have left outside of the folder of a state, the encrypted ones first. */
export function leftovers(folder: string): { readonly file: string; readonly encrypted: boolean }[] {
	const memory = memoryFolder(folder);
	return [
		{ file: join(rescueFolder(folder), "terraform.tfstate.enc"), encrypted: true },
		{ file: join(memory, "terraform.tfstate.enc"), encrypted: true },
		{ file: join(memory, emergencyFile), encrypted: false },
	].filter(({ file }) => existsSync(file));
}

/** Whether a lock is of a run of this user on this machine that has ended, and has left the newest state here. */
export function hasLeftState(folder: string, by: LockHolder): boolean {
	if (by.holder !== whoAmI() || !hasEnded(by)) return false;
	// What was written here under a lock was left by its holder.
	return leftovers(folder).some(
		({ file }) => by.unwritten === folder || statSync(file).mtimeMs >= Date.parse(by.since),
	);
}

const emergencyOf = (folder: string) => join(memoryFolder(folder), emergencyFile);

/** Whether the newest version of a state is in memory alone, in the clear: it could not be encrypted, or not be kept elsewhere. */
export const isInMemoryAlone = (folder: string) => existsSync(emergencyOf(folder));

/** Keeps it there, where Terraform puts its own emergency file: that one may not get to it. */
export function keepInMemory(folder: string, text: string, disk: Disk): void {
	const own = join(memoryFolder(folder), ownName(emergencyFile));
	disk.write(own, text);
	disk.rename(own, emergencyOf(folder));
}

/** Once a later version was written to its place. */
export function forgetInMemory(folder: string, disk: Disk): void {
	if (isInMemoryAlone(folder)) disk.remove(emergencyOf(folder));
}

/**
 * A state out of Terraform's emergency file. Where its backend was gone before the first version of a state was written,
 * it has no lineage yet, and no serial.
 */
export const begunState = (text: string) =>
	/^\s*"lineage": ""/m.test(text)
		? text.replace(/"lineage": ""/, `"lineage": "${randomUUID()}"`).replace(/"serial": 0\b/, '"serial": 1')
		: text;

/**
 * Keeps an encrypted state where it can be kept: in the home of the user, which may be another disk, else in memory.
 *
 * @param folder of the state, which could not be written
 * @throws what the file system says of the last place
 */
export function keepRescued(folder: string, text: string, error: Error, disk: Disk): Rescued {
	const reason = error.message;
	const file = join(rescueFolder(folder), "terraform.tfstate.enc");
	try {
		mkdirSync(rescueFolder(folder), { recursive: true, mode: 0o700 });
		disk.write(`${file}.part`, text);
		disk.rename(`${file}.part`, file);
		return { file, reason, inMemory: false };
	} catch {
		const last = join(memoryFolder(folder), "terraform.tfstate.enc");
		disk.write(`${last}.part`, text);
		disk.rename(`${last}.part`, last);
		return { file: last, reason, inMemory: true };
	}
}

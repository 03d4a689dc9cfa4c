import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../../terminal/usage-error.ts";
import { type Disk, disk as realDisk } from "./disk.ts";
import { begunState, leftovers } from "./rescue.ts";
import { decrypt, encrypt } from "./sops.ts";
import { headOfState } from "./state-head.ts";
import { requireSuccessor, type StateStore } from "./state-store.ts";

/** A state in the clear, as Terraform's own backend leaves it, and its copies of the versions before. */
const plainFile = "terraform.tfstate";
const plainCopies = /^terraform\.tfstate(\.\d+)?\.backup$/;

/** Whether an earlier run, or Terraform's own backend, has left something of the state outside of its encrypted file. */
export function needsRecovery(store: StateStore): boolean {
	return existsSync(`${store.file}.part`) || hasLeft(store);
}

/** Whether a state is among that, rather than half of one. */
export function hasLeft({ place: { folder } }: StateStore): boolean {
	return plainFiles(folder).length > 0 || leftovers(folder).length > 0;
}

/**
 * Brings what an earlier run has left to its place, and removes everything in the clear. It may be interrupted anywhere and
 * is then done again; the state must be locked.
 *
 * @returns what was done, a line each
 * @throws UsageError when something that was left does not follow the stored state, before that is removed
 */
export async function recover(store: StateStore, disk: Disk = realDisk): Promise<string[]> {
	if (existsSync(`${store.file}.part`)) disk.remove(`${store.file}.part`);
	return [...(await migratePlain(store, disk)), ...(await takeLeftovers(store, disk))];
}

/** Encrypts a state in the clear, opens the result once more, and only then removes it. */
async function migratePlain(store: StateStore, disk: Disk): Promise<string[]> {
	const { folder, stack } = store.place;
	const found = plainFiles(folder);
	if (found.length === 0) return [];
	const plain = join(folder, plainFile);
	const done: string[] = [];
	// Terraform empties the file of a local state that it takes elsewhere.
	if (existsSync(plain) && readFileSync(plain, "utf8").trim() !== "") {
		const text = readFileSync(plain, "utf8");
		const head = headOfState(text);
		const before = await store.head();
		if (before === undefined) await adoptPlain(store, text);
		else if (before.digest !== head.digest)
			throw new UsageError(
				`stack ${stack}: ${plain} holds a state in the clear (serial ${head.serial}) that is not the encrypted one beside it (serial ${before.serial})`,
				`find out which of them is right; remove the file, or: infra state push ${stack} ${plain}`,
			);
		done.push(
			`stack ${stack}: the state in the clear is encrypted now (${store.file}), opened once more and equal, and its file is removed; what was a secret in it is safe once it is changed, since disks and backups may still have it`,
		);
	}
	for (const name of found) disk.remove(join(folder, name));
	return done;
}

async function adoptPlain(store: StateStore, plain: string): Promise<void> {
	const head = headOfState(plain);
	requireSuccessor(store.place, head, undefined);
	const { text } = await encrypt(plain, store.place.recipients);
	const again = await decrypt(text).catch((error: Error) => {
		throw new UsageError(
			`stack ${store.place.stack}: nothing of yours opens what was encrypted, so the state in the clear stays (${error.message})`,
			"add your public key to state.tier0.recipients (age-keygen -y), and name the private one in SOPS_AGE_KEY_FILE",
		);
	});
	if (again !== plain)
		throw new UsageError(
			`stack ${store.place.stack}: the encrypted state does not open to what it was made of, so the state in the clear stays`,
		);
	await store.adopt(text);
}

/** Takes over versions that could not be written to their place, and Terraform's emergency file. */
async function takeLeftovers(store: StateStore, disk: Disk): Promise<string[]> {
	const done: string[] = [];
	for (const { file, encrypted } of leftovers(store.place.folder)) {
		const text = encrypted ? await store.open(file) : begunState(readFileSync(file, "utf8"));
		const head = headOfState(text);
		const before = await store.head();
		const known = before?.digest === head.digest || isKept(store, head.digest);
		if (!known) {
			requireFollows(store, file, () => requireSuccessor(store.place, head, before));
			await store.write(text);
			// It lies elsewhere once more, and says so.
			if (store.rescued !== undefined) return done;
			done.push(
				`stack ${store.place.stack}: the state that an earlier run could not write to its place was taken over, serial ${head.serial}`,
			);
		}
		disk.remove(file);
	}
	return done;
}

function isKept(store: StateStore, digest: string): boolean {
	return store.earlier().some(({ file }) => file.includes(`-${digest.slice(0, 8)}.`));
}

function requireFollows({ place: { stack } }: StateStore, file: string, check: () => void): void {
	try {
		check();
	} catch (error) {
		throw new UsageError(
			`${file} was left by an earlier run of stack ${stack}, and does not fit: ${(error as Error).message}`,
			`look at it; then remove it, or: infra state push ${stack} <file>`,
		);
	}
}

function plainFiles(folder: string): string[] {
	if (!existsSync(folder)) return [];
	return readdirSync(folder)
		.filter((name) => name === plainFile || plainCopies.test(name))
		.sort((one, other) => Number(plainCopies.test(one)) - Number(plainCopies.test(other)));
}

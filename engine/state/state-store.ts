import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { UsageError } from "../../terminal/usage-error.ts";
import { requireOwnState } from "../state-file.ts";
import { type Disk, disk as realDisk } from "./disk.ts";
import { type EarlierVersion, earlierFile, earlierVersions, keptVersions } from "./earlier-versions.ts";
import { keepRescued, type Rescued } from "./rescue.ts";
import { decrypt, encrypt, type Recipients, SopsError } from "./sops.ts";
import { headOfState, type StateHead } from "./state-head.ts";

export interface StatePlace {
	/** Folder of the stack's state; made when something is written. */
	readonly folder: string;
	/** Name of the site. */
	readonly site: string;
	readonly stack: string;
	readonly recipients: Recipients;
}

/** A version of the state as it lies on the disk. */
interface Stored {
	/** The file. */
	readonly text: string;
	readonly plain: string;
	readonly head: StateHead;
}

/** Name of the encrypted state in its folder. */
export const stateFile = "terraform.tfstate.enc";

/**
 * The state of a stack, encrypted at rest. Every version replaces the one before at once: whenever the machine stops,
 * the file is whole, the old one or the new one, and nothing else has the state.
 */
export class StateStore {
	readonly place: StatePlace;
	readonly file: string;
	/** What the user has to know, although the state is safe. */
	readonly warnings = new Set<string>();
	/** Where the newest version is, and which that is, if it could not be written to its place. */
	rescued: (Rescued & { readonly head: StateHead }) | undefined;
	readonly #disk: Disk;
	#stored: Stored | undefined;

	constructor(place: StatePlace, disk = realDisk) {
		this.place = place;
		this.file = join(place.folder, stateFile);
		this.#disk = disk;
	}

	/**
	 * The state in the clear; undefined when there is none yet.
	 *
	 * @throws SopsError when this user cannot open it; UsageError when it belongs to another site
	 */
	async read(): Promise<string | undefined> {
		if (!existsSync(this.file)) return undefined;
		const text = readFileSync(this.file, "utf8");
		if (this.#stored?.text !== text) this.#stored = await this.#open(text, this.file);
		return this.#stored.plain;
	}

	/** What tells the stored version apart; undefined when there is none. */
	async head(): Promise<StateHead | undefined> {
		return (await this.read()) === undefined ? undefined : this.#stored?.head;
	}

	/**
	 * Stores the next version. Where its place cannot be written, it is kept encrypted elsewhere, and `rescued` says where.
	 *
	 * @throws UsageError when it does not follow the stored one; SopsError when it cannot be encrypted; what the disk says,
	 *   when it cannot be kept anywhere
	 */
	async write(plain: string): Promise<StateHead> {
		const head = headOfState(plain);
		const before = await this.head();
		if (before?.digest === head.digest) return head;
		requireSuccessor(this.place, head, before);
		const text = await this.#encrypt(plain);
		try {
			this.#replace(text);
			this.#stored = { text, plain, head };
			this.rescued = undefined;
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code === undefined) throw error;
			this.rescued = { ...keepRescued(this.place.folder, text, error as Error, this.#disk), head };
		}
		return head;
	}

	/** Encrypts all versions once more, for the recipients of today. @returns whether there was one */
	async rotate(): Promise<boolean> {
		for (const { file } of this.earlier()) this.#put(await this.#encrypt(await this.open(file)), file);
		const plain = await this.read();
		if (plain === undefined || this.#stored === undefined) return false;
		const text = await this.#encrypt(plain);
		this.#put(text);
		this.#stored = { ...this.#stored, text };
		return true;
	}

	/** Versions that are kept besides the stored one, the newest first. */
	earlier(): EarlierVersion[] {
		return earlierVersions(this.place.folder);
	}

	/** Opens an encrypted version of this stack. @throws as `read` */
	async open(file: string): Promise<string> {
		return (await this.#open(readFileSync(file, "utf8"), file)).plain;
	}

	/** Puts a file in the place of the state whose text somebody has checked. */
	async adopt(text: string): Promise<void> {
		this.#replace(text);
		await this.read();
	}

	async #encrypt(plain: string): Promise<string> {
		const { text, withoutTransit } = await encrypt(plain, this.place.recipients);
		if (withoutTransit !== undefined)
			this.warnings.add(
				`stack ${this.place.stack}: its state is encrypted for the keys of age alone, since Vault does not do its part; the next write tries again (${withoutTransit})`,
			);
		return text;
	}

	async #open(text: string, file: string): Promise<Stored> {
		const plain = await decrypt(text).catch((error) => {
			if (!(error instanceof SopsError)) throw error;
			throw new SopsError(
				`${file} cannot be opened: it takes a key of age (SOPS_AGE_KEY_FILE, else ~/.config/sops/age/keys.txt) or a login to Vault that its file lists (${error.message})`,
			);
		});
		const head = headOfState(plain);
		requireSite(this.place, head);
		return { text, plain, head };
	}

	/** Keeps the stored version under a name of its own, and puts the new one in its place. */
	#replace(text: string): void {
		if (this.#stored !== undefined && existsSync(this.file)) this.#keep(this.#stored);
		this.#put(text);
	}

	#put(text: string, file = this.file): void {
		mkdirSync(this.place.folder, { recursive: true });
		const part = `${this.file}.part`;
		try {
			this.#disk.write(part, text);
		} catch (error) {
			// A disk that is full needs its room for a lock, and for the journal.
			this.#disk.remove(part);
			throw error;
		}
		this.#disk.rename(part, file);
	}

	#keep({ head }: Stored): void {
		const file = earlierFile(this.place.folder, head, ".enc");
		mkdirSync(dirname(file), { recursive: true });
		try {
			this.#disk.link(this.file, file);
		} catch (error) {
			// A run that was interrupted here has kept it already.
			if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
		}
		for (const { file: old } of this.earlier().slice(keptVersions)) this.#disk.remove(old);
	}
}

const requireSite = ({ stack, site, stateTier = 0 }: PlaceOfVersion, head: StateHead) =>
	requireOwnState(stack, site, { owner: head.site, stateTier });

interface PlaceOfVersion {
	readonly site: string;
	readonly stack: string;
	/** @default 0 */
	readonly stateTier?: 0 | 1;
}

/** Whether a version may come after another. */
export function requireSuccessor(
	place: PlaceOfVersion,
	head: StateHead,
	before: StateHead | undefined,
): void {
	requireSite(place, head);
	if (before === undefined) return;
	const what = `stack ${place.stack}: the state that is to be written`;
	if (head.lineage !== before.lineage)
		throw new UsageError(
			`${what} has another lineage than the stored one: it was begun anew, or is of another stack`,
			`see both: infra state history ${place.stack}, infra state pull ${place.stack}`,
		);
	if (head.serial <= before.serial)
		throw new UsageError(
			`${what} has serial ${head.serial}, and the stored one has ${before.serial} already: somebody has written it since`,
			"plan again",
		);
}

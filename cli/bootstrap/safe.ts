import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { projectRoot } from "../../config/project-root.ts";
import type { Site } from "../../config/schema/site.ts";
import { disk } from "../../engine/state/disk.ts";
import { decryptFile, encryptFile, SopsError } from "../../engine/state/sops.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { secretsOf } from "../secrets/change-secrets.ts";
import type { Entries } from "./entries.ts";

/** What has to be known while Vault is not there. */
export interface SafeContent {
	/** Key shares that unseal Vault. */
	readonly unsealKeys?: readonly string[] | undefined;
	/** Until it is revoked. */
	readonly rootToken?: string | undefined;
	/** When the server was asked to initialise itself (ISO 8601), until its answer is here. */
	readonly initialising?: string | undefined;
	/** Of the store that takes a snapshot in, until that has happened. */
	readonly restoring?: { readonly unsealKeys: readonly string[]; readonly rootToken: string } | undefined;
	/** Cluster that Vault, where it is outside of it, was given a token of: the uid of its namespace kube-system. */
	readonly cluster?: string | undefined;
	/** Volumes that were brought back: the restore point, by the uid of the claim. */
	readonly filled?: Readonly<Record<string, string>> | undefined;
	/** Entries of Vault: those that are read before it is there, and those that are not in it yet. */
	readonly entries?: Entries | undefined;
}

/**
 * A secret of the site with what opens Vault, encrypted by SOPS for the keys of age of the site. Its text is in memory
 * alone; a new version replaces the old one at once.
 */
export class Safe {
	readonly file: string;
	readonly #recipients: readonly string[];
	#content: SafeContent | undefined;

	/** @throws UsageError where the site names no keys of age */
	constructor(site: Pick<Site, "name" | "state">) {
		const { folder, recipients } = secretsOf(site);
		this.#recipients = recipients;
		this.file = join(projectRoot, folder, `vault-${site.name}.enc`);
	}

	/** For the reader. */
	get name(): string {
		return relative(projectRoot, this.file);
	}

	/**
	 * Reads what is kept; without a file, tries that what is kept from now on can be opened here.
	 *
	 * @throws SopsError when this user has none of the keys of age
	 */
	async open(): Promise<SafeContent> {
		if (this.#content !== undefined) return this.#content;
		const encrypted = existsSync(this.file) ? readFileSync(this.file, "utf8") : undefined;
		const text = encrypted ?? (await encryptFile("{}", "binary", this.#recipients));
		this.#content = JSON.parse(await this.#decrypt(text)) as SafeContent;
		return this.#content;
	}

	/** Changes single fields; undefined takes one out. */
	async change(fields: SafeContent): Promise<void> {
		const content = { ...(await this.open()), ...fields };
		const part = `${this.file}.part`;
		mkdirSync(dirname(this.file), { recursive: true });
		disk.write(part, await encryptFile(JSON.stringify(content), "binary", this.#recipients));
		disk.rename(part, this.file);
		this.#content = content;
	}

	async #decrypt(text: string): Promise<string> {
		try {
			return await decryptFile(text, "binary");
		} catch (error) {
			if (!(error instanceof SopsError)) throw error;
			throw new UsageError(
				`${this.name}: what opens Vault is kept there, and no key of age is here that reads it (${error.message})`,
				"name a private key of one of state.tier0.recipients in SOPS_AGE_KEY_FILE (default: ~/.config/sops/age/keys.txt)",
			);
		}
	}
}

import { spawnSync } from "node:child_process";
import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../synth.ts";
import { needs } from "../harness/needs.ts";

needs("cryptsetup");

/** Cost of the key derivation in KiB: what the CSI driver formats with, and the least that LUKS takes. */
const asDeployed = 1024 * 1024;
const least = 32;

/** A file that is formatted as a volume of the encrypted class is. Keys are words of the test. */
class EncryptedVolume {
	readonly #folder = temporaryFolder();
	readonly file = join(this.#folder, "volume");
	readonly #cost: readonly string[];

	constructor(memory: number) {
		this.#cost = ["--pbkdf=argon2id", `--pbkdf-memory=${memory}`, "--pbkdf-force-iterations=4"];
		writeFileSync(this.file, "");
		truncateSync(this.file, 64 * 1024 ** 2);
		const format = ["luksFormat", "--batch-mode", "--type=luks2", "--cipher=aes-xts-plain64", ...this.#cost];
		expect(this.cryptsetup([...format, `--key-file=${this.key("old")}`, this.file]).stderr).toBe("");
	}

	key(word: string): string {
		const file = join(this.#folder, `${word}.key`);
		writeFileSync(file, word);
		return file;
	}

	/** @param addressSpace limit in KiB */
	cryptsetup(args: readonly string[], addressSpace: number | "unlimited" = "unlimited") {
		const limited = `ulimit -v ${addressSpace}; exec cryptsetup "$@"`;
		return spawnSync("sh", ["-c", limited, "sh", ...args], { encoding: "utf8" });
	}

	/** Exit code of an attempt to open it that needs no device-mapper. */
	opensWith(word: string, addressSpace?: number): number | null {
		const open = ["open", "--test-passphrase", "--type=luks2", `--key-file=${this.key(word)}`, this.file];
		return this.cryptsetup(open, addressSpace).status;
	}

	addKey(from: string, to: string) {
		return this.cryptsetup([
			"luksAddKey",
			...this.#cost,
			`--key-file=${this.key(from)}`,
			this.file,
			this.key(to),
		]);
	}
}

test("opening takes more than its 1 GiB of key derivation, and fits the 1280Mi of the node plugin", () => {
	const volume = new EncryptedVolume(asDeployed);
	expect(volume.opensWith("old", 1280 * 1024)).toBe(0);
	expect(volume.opensWith("old", 1024 * 1024)).not.toBe(0);
	expect(volume.opensWith("old", 700_000)).toBe(3);
});

test("the header says LUKS2, aes-xts-plain64 and Argon2id", () => {
	const volume = new EncryptedVolume(least);
	const header = volume.cryptsetup(["luksDump", volume.file]).stdout;
	expect(header).toMatch(/^Version:\s+2$/m);
	expect(header).toMatch(/cipher: aes-xts-plain64/);
	expect(header).toMatch(/PBKDF:\s+argon2id/);
});

test("a wrong key ends with 2", () => {
	expect(new EncryptedVolume(least).opensWith("wrong")).toBe(2);
});

test("the passphrase is changed as the runbook says: both open until the old one is removed", () => {
	const volume = new EncryptedVolume(least);
	expect(volume.addKey("old", "new").status).toBe(0);
	expect([volume.opensWith("old"), volume.opensWith("new")]).toEqual([0, 0]);
	expect(volume.cryptsetup(["luksRemoveKey", volume.file, volume.key("old")]).status).toBe(0);
	expect([volume.opensWith("old"), volume.opensWith("new")]).toEqual([2, 0]);
});

test("a header from a backup opens with the key of its time", () => {
	const volume = new EncryptedVolume(least);
	const header = `${volume.file}.header`;
	expect(volume.cryptsetup(["luksHeaderBackup", volume.file, `--header-backup-file=${header}`]).status).toBe(
		0,
	);
	expect(volume.cryptsetup(["luksErase", "--batch-mode", volume.file]).status).toBe(0);
	expect(volume.opensWith("old")).not.toBe(0);
	const restore = ["luksHeaderRestore", "--batch-mode", volume.file, `--header-backup-file=${header}`];
	expect(volume.cryptsetup(restore).status).toBe(0);
	expect(volume.opensWith("old")).toBe(0);
});

import { execFile } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify, stripVTControlCharacters } from "node:util";
import {
	type LockedProvider,
	lockFile,
	parseLock,
	readLock,
	renderLock,
} from "../providers/lock/lock-file.ts";
import { type Pin, pinVersions } from "../providers/lock/pin-versions.ts";
import { schemaFolder, schemasIn } from "../providers/schema/committed.ts";
import { providers } from "../stacks/providers.ts";
import { UsageError } from "../terminal/usage-error.ts";

/** Platforms on which stacks are planned and applied: machines of operators, and agents of the pipeline. */
export const platforms = ["linux_amd64", "linux_arm64", "darwin_arm64"] as const;

/** Each provider of the stacks at the version of its kept schema. */
export function wantedPins(): Pin[] {
	const schemas = schemasIn(schemaFolder);
	return Object.entries(providers).map(([name, { source = `hashicorp/${name}`, version: constraints }]) => {
		const version = schemas.get(name)?.version;
		if (version === undefined) throw new UsageError(`providers/schemas has no ${name}.json`);
		return { source, version, constraints };
	});
}

/** Locks the versions of the kept schemas, without network access. */
export function lockVersions(file = lockFile): readonly LockedProvider[] {
	const pinned = pinVersions(readLock(file), wantedPins());
	replace(file, renderLock(pinned));
	return pinned;
}

export interface LockHashesOptions {
	/** Command of Terraform. */
	readonly program: string;
	readonly platforms: readonly string[];
	readonly file?: string;
}

/**
 * Locks checksums of the locked versions, which Terraform gets from the registry.
 *
 * @throws UsageError with the error of Terraform; the lock is then unchanged
 */
export async function lockHashes({ program, platforms, file = lockFile }: LockHashesOptions): Promise<void> {
	const pins = wantedPins();
	const folder = mkdtempSync(join(tmpdir(), "infra-lock-"));
	try {
		const required = Object.fromEntries(
			pins.map(({ source, version }) => [source.split("/").at(-1), { source, version }]),
		);
		writeFileSync(
			join(folder, "main.tf.json"),
			JSON.stringify({ terraform: { required_providers: required } }),
		);
		copyFileSync(file, join(folder, ".terraform.lock.hcl"));
		const words = ["providers", "lock", "-no-color", ...platforms.map((platform) => `-platform=${platform}`)];
		try {
			await promisify(execFile)(program, words, { cwd: folder });
		} catch (error) {
			const { stderr = String(error) } = error as { stderr?: string };
			throw new UsageError(
				`${program} could not lock the providers:\n${stripVTControlCharacters(stderr).trim()}`,
				"it asks the registry itself, whatever mirror or plugin folder is configured",
			);
		}
		const answered = parseLock(readFileSync(join(folder, ".terraform.lock.hcl"), "utf8"));
		replace(file, renderLock(pinVersions(answered, pins)));
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** Replaces the file atomically. */
function replace(file: string, text: string): void {
	writeFileSync(`${file}.${process.pid}`, text);
	renameSync(`${file}.${process.pid}`, file);
}

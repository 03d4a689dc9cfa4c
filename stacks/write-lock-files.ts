import { existsSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type LockedProvider, lockedProvider, readLock, renderLock } from "../providers/lock/lock-file.ts";
import type { StackDocument } from "../world/world.ts";

/**
 * Writes each stack's part of the committed lock into its folder, where `terraform init` reads it, so that a plain
 * `cdktf deploy` uses the same providers.
 */
export function writeLockFiles(
	documents: readonly StackDocument[],
	folder: string,
	locked: readonly LockedProvider[] = readLock(),
): void {
	for (const document of documents)
		writeFileSync(join(folder, document.stack, ".terraform.lock.hcl"), lockTextOf(document, locked));
}

/** A stack's part of the committed lock, as `terraform init` reads it on this machine. */
export function lockTextOf(document: StackDocument, locked: readonly LockedProvider[] = readLock()): string {
	return renderLock(lockOf(document, locked).map(withoutLocalHashes));
}

/** The whole committed lock, as `terraform init` reads it on this machine. */
export function fullLockText(locked: readonly LockedProvider[] = readLock()): string {
	return renderLock(locked.map(withoutLocalHashes));
}

/** Locked providers that a stack requires; the schema check reports missing ones. */
export function lockOf({ json }: StackDocument, locked: readonly LockedProvider[]): LockedProvider[] {
	const { required_providers: required = {} } = (json.terraform ?? {}) as {
		readonly required_providers?: Readonly<Record<string, { readonly source: string }>>;
	};
	return Object.values(required).flatMap(({ source }) => lockedProvider(locked, source) ?? []);
}

/**
 * Drops the hashes of a provider in the plugin folder of the user's home, which may be built from source: Terraform
 * would refuse it for the hashes of the release. Hashes protect downloads.
 */
function withoutLocalHashes(provider: LockedProvider): LockedProvider {
	const local = join(homedir(), ".terraform.d/plugins", provider.address, provider.version);
	return existsSync(local) ? { ...provider, hashes: [] } : provider;
}

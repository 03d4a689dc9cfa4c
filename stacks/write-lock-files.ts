import { existsSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type LockedProvider, lockedProvider, readLock, renderLock } from "../providers/lock/lock-file.ts";
import type { StackDocument } from "../world/world.ts";

/**
 * Puts each stack's part of the committed lock into its folder, where `terraform init` reads it: a plain
 * `cdktf deploy` then uses the same providers as everybody else.
 */
export function writeLockFiles(
	documents: readonly StackDocument[],
	folder: string,
	locked: readonly LockedProvider[] = readLock(),
): void {
	for (const document of documents)
		writeFileSync(
			join(folder, document.stack, ".terraform.lock.hcl"),
			renderLock(lockOf(document, locked).map(withoutLocalHashes)),
		);
}

/** The locked providers that a stack requires; a rule has found out about any that is missing. */
export function lockOf({ json }: StackDocument, locked: readonly LockedProvider[]): LockedProvider[] {
	const { required_providers: required = {} } = (json.terraform ?? {}) as {
		readonly required_providers?: Readonly<Record<string, { readonly source: string }>>;
	};
	return Object.values(required).flatMap(({ source }) => lockedProvider(locked, source) ?? []);
}

/**
 * Hashes bind what comes over the network. A provider that somebody has put into the plugin folder of their home, built
 * from source perhaps, is theirs to trust; with the hashes of the release Terraform would refuse it.
 */
function withoutLocalHashes(provider: LockedProvider): LockedProvider {
	const local = join(homedir(), ".terraform.d/plugins", provider.address, provider.version);
	return existsSync(local) ? { ...provider, hashes: [] } : provider;
}

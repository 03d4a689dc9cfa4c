import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseLock, readLock } from "../providers/lock/lock-file.ts";
import { fullLockText } from "../stacks/write-lock-files.ts";
import type { Diagnostic } from "../terminal/diagnostic.ts";
import { UsageError } from "../terminal/usage-error.ts";

const file = ".terraform.lock.hcl";

/** Whether an init that may not change the lock has found a provider in the state that the code no longer requires. */
export const needsProvidersOfState = (diagnostics: readonly Diagnostic[]): boolean =>
	diagnostics.some(({ summary }) => summary === "Provider dependency changes detected");

/**
 * Runs an init for a state that has objects of providers which the code no longer requires: those that it destroys.
 * Terraform demands a lock of exactly the providers of both, and alone knows which those are: it is given the whole
 * committed lock, takes out what it does not need, and may put nothing in.
 *
 * @param folder of the run
 * @param init may change the lock
 * @throws UsageError when it has taken a provider that is not locked
 */
export async function withLockedProvidersOfState<T>(folder: string, init: () => Promise<T>): Promise<T> {
	writeFileSync(join(folder, file), fullLockText());
	const result = await init();
	const locked = new Map(readLock().map(({ address, version }) => [address, version]));
	const others = parseLock(readFileSync(join(folder, file), "utf8")).filter(
		({ address, version }) => locked.get(address) !== version,
	);
	if (others.length > 0)
		throw new UsageError(
			`the state has objects of ${others.map(({ address }) => address).join(", ")}, which the committed lock does not name`,
			"destroy them from a checkout that has the provider, or take them out of the state: infra state",
		);
	return result;
}

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type LockedProvider, readLock } from "../providers/lock/lock-file.ts";
import { lockOf, lockTextOf } from "../stacks/write-lock-files.ts";
import type { StackDocument } from "../world/world.ts";
import { earlierInit, forgetInit, type InitInput, recordInit } from "./init-record.ts";
import { withPluginCache } from "./plugin-cache.ts";

export interface Initialisation {
	readonly input: Omit<InitInput, "lock">;
	/** Folder of the run, which gets the dependency lock file. */
	readonly folder: string;
	/** Folder that all runs share for providers. */
	readonly cache: string;
	/** Runs Terraform's init. */
	readonly init: () => Promise<void>;
	/** Run it although an earlier one seems to have done the same. @default false */
	readonly again?: boolean;
}

/** Runs an init unless an earlier one has had the same result. @returns whether an earlier one is used */
export async function initialise({
	input,
	folder,
	cache,
	init,
	again = false,
}: Initialisation): Promise<boolean> {
	const lock = lockTextOf(input.document);
	const lockFile = join(folder, ".terraform.lock.hcl");
	const required = lockedProviders(input.document);
	const earlier = again || required === undefined ? undefined : earlierInit({ ...input, lock });
	writeFileSync(lockFile, earlier?.lock ?? lock);
	if (earlier !== undefined) return true;
	forgetInit(input.data);
	await withPluginCache(cache, required, init);
	if (required !== undefined) recordInit({ ...input, lock }, readFileSync(lockFile, "utf8"));
	return false;
}

/** Providers that a stack requires; undefined when one of them is not locked, so that an init may choose a version. */
function lockedProviders(document: StackDocument): LockedProvider[] | undefined {
	const { required_providers: required = {} } = (document.json.terraform ?? {}) as {
		readonly required_providers?: object;
	};
	const locked = lockOf(document, readLock());
	return locked.length === Object.keys(required).length ? locked : undefined;
}

/** Whether a failure says that an init is due: for a provider of the state, or a folder that somebody has changed. */
export function asksForInit({
	code,
	stdout,
	stderr,
}: {
	code: number;
	stdout: string;
	stderr: string;
}): boolean {
	return code === 1 && /\b(terraform|tofu) init\b/.test(stdout + stderr);
}

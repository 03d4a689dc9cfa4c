import { afterAll, beforeAll, beforeEach, vi } from "vitest";
import { filesWith } from "../harness/files-with.ts";
import { vaultProgram } from "../harness/programs.ts";
import { VaultServer } from "../harness/vault-server.ts";
import { missing } from "./encrypted-project.ts";
import { secret, statesToMove } from "./moved-states.ts";
import { noDatabase, startStateDatabase } from "./state-database.ts";

/** States to move for all tests of a file, and their database; each test skips where this machine has no program for them. */
export interface Moving {
	database: Awaited<ReturnType<typeof startStateDatabase>>;
	states: Awaited<ReturnType<typeof statesToMove>>;
	/** Undefined where this machine has none. */
	vault: VaultServer | undefined;
}

/** @returns what is there once the tests run */
export function moving(): Moving {
	const now = {} as Partial<Moving>;
	beforeEach(({ skip }) => skip(missing !== "" || noDatabase !== "", missing || noDatabase));
	beforeAll(async () => {
		if (missing !== "" || noDatabase !== "") return;
		now.database = await startStateDatabase();
		now.states = await statesToMove(now.database);
		if (vaultProgram === undefined) return;
		now.vault = await VaultServer.start(now.states.root);
		vi.stubEnv("VAULT_ADDR", now.vault.address);
		vi.stubEnv("VAULT_TOKEN", now.vault.rootToken);
	}, 300_000);
	afterAll(async () => {
		await now.vault?.stop();
		now.states?.remove();
		vi.unstubAllEnvs();
		await now.database?.stop();
	});
	return now as Moving;
}

/** Files below folders that have the secret of an object in the clear. */
export const inClear = (...folders: readonly string[]) =>
	folders.flatMap((folder) => filesWith(folder, secret));

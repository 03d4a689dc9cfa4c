import { UsageError } from "../terminal/usage-error.ts";
import { isLabFolder, removeLabFiles, removeLostFiles, requireOwnStates } from "./lab-files.ts";
import { stopProcesses } from "./lab-process.ts";
import { labFolder, readProcesses } from "./lab-state.ts";
import { groupOf, removeGroups } from "./node/node-groups.ts";
import { readOwner } from "./owner.ts";

/**
 * Stops every program of the lab by its process id and removes the files of the lab.
 *
 * @returns files in its folder that are not the lab's and were kept; undefined when there was no lab
 * @throws UsageError, before anything is stopped, when a state in its folder is not the lab's
 */
export async function down(): Promise<readonly string[] | undefined> {
	if (!isLabFolder()) return undefined;
	requireOwnStates();
	await stopProcesses(readProcesses());
	await removeGroups(groupOf(labFolder));
	return removeLabFiles();
}

/**
 * Ends a bare lab as a fire would: cluster, Vault and databases are gone with all that was in them. What its owner has
 * elsewhere stays: the repository with states and safe, the key of age, and the identity provider.
 *
 * @throws UsageError in a lab without an owner
 */
export async function lose(): Promise<void> {
	if (readOwner() === undefined)
		throw new UsageError("only a bare lab can be lost and come back", "infra lab up --bare starts one");
	await stopProcesses(readProcesses());
	removeLostFiles();
}

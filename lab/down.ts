import { isLabFolder, removeLabFiles, requireOwnStates } from "./lab-files.ts";
import { stopProcesses } from "./lab-process.ts";
import { labFolder, readProcesses } from "./lab-state.ts";
import { groupOf, removeGroups } from "./node/node-groups.ts";

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

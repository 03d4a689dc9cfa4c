import { existsSync, rmSync } from "node:fs";
import { stopProcesses } from "./lab-process.ts";
import { labFolder, readProcesses } from "./lab-state.ts";

/** Stops every program of the lab by its own process id and removes its folder. @returns whether there was one */
export async function down(): Promise<boolean> {
	await stopProcesses(readProcesses());
	const existed = existsSync(labFolder);
	rmSync(labFolder, { recursive: true, force: true });
	return existed;
}

import { existsSync, rmSync } from "node:fs";
import { stopProcesses } from "./lab-process.ts";
import { labFolder, readLab } from "./lab-state.ts";

/** Stops every program of the lab by its own process id and removes its folder. @returns whether there was one */
export async function down(): Promise<boolean> {
	const lab = readLab();
	if (lab !== undefined) await stopProcesses(lab.processes);
	const existed = existsSync(labFolder);
	rmSync(labFolder, { recursive: true, force: true });
	return existed;
}

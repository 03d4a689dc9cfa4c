import { readdirSync, readlinkSync } from "node:fs";

/** Numbers of the processes that work in a folder, or in one below it. */
export function processesBelow(folder: string): number[] {
	return readdirSync("/proc").flatMap((name) => {
		try {
			return /^\d+$/.test(name) && readlinkSync(`/proc/${name}/cwd`).startsWith(folder) ? [Number(name)] : [];
		} catch {
			return [];
		}
	});
}

/** Kills them. One that ends by itself meanwhile, as what the others leave does, is as good as killed. */
export function killBelow(folder: string): void {
	for (const pid of processesBelow(folder))
		try {
			process.kill(pid, "SIGKILL");
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
		}
}

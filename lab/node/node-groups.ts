import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Where control groups are (cgroups(7)). */
const root = "/sys/fs/cgroup";

/** Name of the group of a lab's nodes, from the folder of the lab. */
export function groupOf(labFolder: string): string {
	return `infra-lab-${createHash("sha256").update(labFolder).digest("hex").slice(0, 8)}`;
}

/** Folder of each hierarchy: one of version 2, or one for each controller of version 1. */
function hierarchies(): readonly string[] {
	if (existsSync(join(root, "cgroup.controllers"))) return [root];
	if (!existsSync(root)) return [];
	return readdirSync(root, { withFileTypes: true })
		.filter((entry) => entry.isDirectory())
		.map(({ name }) => join(root, name))
		.filter((folder) => existsSync(join(folder, "cgroup.procs")));
}

/** Lets groups below one have the controllers that it has. Version 1 asks for nothing. */
function passControllersOn(folder: string): void {
	const controllers = join(folder, "cgroup.controllers");
	const control = join(folder, "cgroup.subtree_control");
	if (!existsSync(controllers)) return;
	const names = readFileSync(controllers, "utf8").trim().split(" ");
	const passed = readFileSync(control, "utf8").trim().split(" ");
	const lacking = names.filter((name) => name !== "" && !passed.includes(name));
	if (lacking.length > 0) writeFileSync(control, lacking.map((name) => `+${name}`).join(" "));
}

/** Makes a group for each node, which their kubelets want to find. */
export function makeGroups(group: string, nodes: readonly string[]): void {
	for (const hierarchy of hierarchies()) {
		passControllersOn(hierarchy);
		mkdirSync(join(hierarchy, group), { recursive: true });
		passControllersOn(join(hierarchy, group));
		for (const node of nodes) mkdirSync(join(hierarchy, group, node), { recursive: true });
	}
}

/** Removes a group with all below it, once the processes in it have ended. Nothing happens without one. */
export async function removeGroups(group: string): Promise<void> {
	const folders = hierarchies()
		.map((hierarchy) => join(hierarchy, group))
		.filter(existsSync);
	for (const folder of folders) await removeGroup(folder);
}

async function removeGroup(folder: string): Promise<void> {
	for (const entry of readdirSync(folder, { withFileTypes: true }))
		if (entry.isDirectory()) await removeGroup(join(folder, entry.name));
	for (let waited = 0; ; waited += 50)
		try {
			rmdirSync(folder);
			return;
		} catch (error) {
			// A process that was killed is in its group until it has ended.
			if ((error as NodeJS.ErrnoException).code !== "EBUSY" || waited >= 5000) throw error;
			await sleep(50);
		}
}

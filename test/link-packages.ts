import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect } from "vitest";
import { projectRoot } from "../config/project-root.ts";

/** Gives a checkout on the same file system the installed packages, as hard links. */
export function linkPackages(checkout: string): void {
	const { signal, stderr } = spawnSync("cp", ["-al", join(projectRoot, "node_modules"), checkout], {
		timeout: 60_000,
		encoding: "utf8",
		env: { ...process.env, LC_ALL: "C" },
	});
	// Commands of other tests write their compiled code there under a name that they change in the end.
	const failures = stderr.split("\n").filter((line) => !/^$|: No such file or directory$/.test(line));
	expect([signal, failures]).toEqual([null, []]);
}

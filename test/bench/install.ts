/**
 * What an installation weighs, and what follows each: megabytes of `node_modules`, time of the bindings and of a type
 * check. `BENCH_NPM_CI=1` times `npm ci` in a copy of the manifests as well, which asks the registry.
 *
 * `npm run bench`. Ends with exit code 1 when a goal is missed.
 */

import { spawnSync } from "node:child_process";
import { cpSync, globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../../config/project-root.ts";

/** Standard output of a program that must succeed. */
function run(program: string, args: readonly string[], cwd = projectRoot): string {
	const { status, stdout, stderr } = spawnSync(program, [...args], { cwd, encoding: "utf8" });
	if (status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${status}: ${stdout}${stderr}`);
	return stdout;
}

/** Seconds. */
function time(work: () => unknown): string {
	const start = performance.now();
	work();
	return `${((performance.now() - start) / 1000).toFixed(1)} s`;
}

function install(): void {
	const folder = mkdtempSync(join(tmpdir(), "infra-bench-"));
	try {
		const manifests = globSync(["package*.json", "{cli/bin,providers/*}/package.json"], { cwd: projectRoot });
		for (const file of manifests) cpSync(join(projectRoot, file), join(folder, file));
		run("npm", ["ci", "--ignore-scripts"], folder);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

const megabytes = Number.parseInt(run("du", ["-sm", "node_modules"]), 10);
const figures: [string, string][] = [
	["node_modules", `${megabytes} MB`],
	["bindings, nothing to do", time(() => run(process.execPath, ["providers/bindings/generate.ts"]))],
	["type check", time(() => run(join(projectRoot, "node_modules/.bin/tsc"), []))],
];
if (process.env.BENCH_NPM_CI) figures.push(["npm ci, without scripts", time(install)]);

const most = 650;
const lines = figures.map(([name, value]) => name.padEnd(30) + value.padStart(10));
lines.push("", `${megabytes <= most ? "met   " : "missed"} at most ${most} MB of node_modules: ${megabytes}`);
process.stdout.write(`${lines.join("\n")}\n`);
if (megabytes > most) process.exitCode = 1;

/**
 * Time of `infra plan` in a lab of its own, as ratios against a floor measured in the same run: plain `terraform plan`
 * in folders that are initialised, all stacks one after another, and one stack alone. Runs alternate, so that whatever
 * else the machine does falls on all alike; the fastest of each counts.
 *
 * `node test/bench/plans.ts`; `BENCH_RUNS` sets the number of runs (default 5). Ends with exit code 1 when a goal is
 * missed, and with a line and 0 where the lab or the providers cannot be had.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../config/project-root.ts";
import { catalogue } from "../../stacks/catalogue.ts";

const runs = Number(process.env.BENCH_RUNS ?? 5);
const stack = "redis";
const infra = join(projectRoot, "cli/bin/infra.js");

// Documents name charts and states relative to their output: it is in the checkout, like cdktf.out.
const folder = mkdtempSync(join(projectRoot, ".lab-"));
// The lab takes its place from here once it is loaded.
process.env.INFRA_LAB = join(folder, "lab");
process.env.CDKTF_OUTDIR = folder;
process.env.NO_COLOR = "1";

const { missingPrograms } = await import("../../lab/needed-programs.ts");
const missing = missingPrograms();
if (missing.length > 0) {
	process.stdout.write(
		`skipped: not on this machine: ${missing.join(", ")}; infra lab build says how to get them\n`,
	);
	rmSync(folder, { recursive: true });
	process.exit(0);
}

interface Command {
	readonly program: string;
	readonly args: readonly string[];
	readonly cwd?: string;
}

const asInfra = (...args: string[]): Command => ({ program: process.execPath, args: [infra, ...args] });
const plainly = (name: string, ...args: string[]): Command => ({
	program: process.env.TERRAFORM_BINARY_NAME || "terraform",
	args: [...args, "-input=false"],
	cwd: join(folder, "stacks", name),
});

/** Runs commands one after another. @returns milliseconds @throws Error when one fails */
function time(commands: readonly Command[]): number {
	const start = performance.now();
	for (const { program, args, cwd = projectRoot } of commands) {
		const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: "utf8" });
		if (status !== 0)
			throw new Error(`${program} ${args.join(" ")} ended with ${status}: ${stdout}${stderr}`);
	}
	return performance.now() - start;
}

async function measure(): Promise<number> {
	const { up } = await import("../../lab/up.ts");
	const { labEnvironment } = await import("../../lab/lab-environment.ts");
	const lab = await up(() => {});
	try {
		time([asInfra("lab", "apply")]);
	} catch (error) {
		if (!/cannot be installed/.test(String(error))) throw error;
		process.stdout.write("skipped: terraform init cannot install the providers\n");
		return 0;
	}
	Object.assign(process.env, await labEnvironment(lab));
	const stacks = catalogue.map(({ name }) => name);
	// A state right after its creation lacks what a refresh fills in; that is no state that anybody plans for long.
	time(
		stacks.flatMap((name) => [
			plainly(name, "init"),
			plainly(name, "apply", "-refresh-only", "-auto-approve"),
		]),
	);
	const subjects = {
		plainAll: stacks.map((name) => plainly(name, "plan")),
		all: [asInfra("plan", "--summary")],
		plainOne: [plainly(stack, "plan")],
		one: [asInfra("plan", stack, "--summary")],
	};
	const best = { plainAll: Infinity, all: Infinity, plainOne: Infinity, one: Infinity };
	for (let round = 0; round <= runs; round += 1)
		for (const name of Object.keys(subjects) as (keyof typeof subjects)[]) {
			const taken = time(subjects[name]);
			// The first round fills the caches.
			if (round > 0) best[name] = Math.min(best[name], taken);
		}
	return report(best);
}

/** @returns the exit code */
function report(best: Readonly<Record<"plainAll" | "all" | "plainOne" | "one", number>>): number {
	const goals = [
		{
			what: "infra plan",
			took: best.all,
			floor: best.plainAll,
			goal: 0.6,
			of: `${catalogue.length} plain plans`,
		},
		{ what: `infra plan ${stack}`, took: best.one, floor: best.plainOne, goal: 1.5, of: "the plain plan" },
	];
	for (const { what, took, floor, goal, of } of goals)
		process.stdout.write(
			`${what.padEnd(18)} ${(took / 1000).toFixed(1)} s, ${of} ${(floor / 1000).toFixed(1)} s: ${(took / floor).toFixed(2)} of it, goal at most ${goal}\n`,
		);
	return goals.some(({ took, floor, goal }) => took > goal * floor) ? 1 : 0;
}

try {
	process.exitCode = await measure();
} finally {
	const { down } = await import("../../lab/down.ts");
	await down();
	rmSync(folder, { recursive: true, force: true });
}

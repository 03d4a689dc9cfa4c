/**
 * Time of `infra affected` on a warm cache, as a ratio against one synthesis measured in the same run. Runs alternate,
 * so that whatever else the machine does falls on both alike; the fastest of each counts.
 *
 * `node test/bench/affected.ts`; `BENCH_RUNS` sets the number of runs (default 7). Ends with exit code 1 when the goal
 * is missed, and with a line and 0 outside of a git checkout.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../../config/project-root.ts";

const runs = Number(process.env.BENCH_RUNS ?? 7);
const goal = 2;
const folder = mkdtempSync(join(tmpdir(), "infra-bench-"));

/** @returns milliseconds */
function time(...args: string[]): number {
	const start = performance.now();
	const { status, stderr } = spawnSync(process.execPath, [join(projectRoot, "cli/bin/infra.js"), ...args], {
		cwd: projectRoot,
		encoding: "utf8",
		env: { ...process.env, XDG_CACHE_HOME: join(folder, "cache"), CDKTF_OUTDIR: join(folder, "out") },
	});
	if (status !== 0) throw new Error(`infra ${args.join(" ")} ended with ${status}: ${stderr}`);
	return performance.now() - start;
}

try {
	if (spawnSync("git", ["rev-parse", "HEAD"], { cwd: projectRoot }).status !== 0)
		process.stdout.write("skipped: infra affected compares revisions, and this is no git checkout\n");
	else {
		let [synth, affected] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
		for (let round = 0; round <= runs; round += 1) {
			const taken = [time("synth"), time("affected", "--base", "HEAD")] as const;
			// The first round fills the caches.
			if (round > 0) [synth, affected] = [Math.min(synth, taken[0]), Math.min(affected, taken[1])];
		}
		const ratio = affected / synth;
		process.stdout.write(
			`infra affected ${affected.toFixed(0)} ms, infra synth ${synth.toFixed(0)} ms: ${ratio.toFixed(2)} of it, goal below ${goal}\n`,
		);
		if (!(ratio < goal)) process.exitCode = 1;
	}
} finally {
	rmSync(folder, { recursive: true, force: true });
}

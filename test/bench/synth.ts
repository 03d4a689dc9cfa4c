/**
 * Time and memory of a synthesis of all stacks, as ratios against floors measured in the same run: a bare Node.js, and
 * a process that only loads the engine and the provider classes in use and writes an empty app. Runs alternate, so that
 * whatever else the machine does falls on all of them alike; the fastest of each counts.
 *
 * Beside it stands the time of the processor, of all threads: it says how much work there is when others work, too.
 *
 * `npm run bench`; `BENCH_RUNS` sets the number of runs (default 7). Ends with exit code 1 when a goal is missed.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../../config/project-root.ts";
import { providerModules } from "../../providers/schema/types-in-use.ts";

const folder = mkdtempSync(join(tmpdir(), "infra-bench-"));
const runs = Number(process.env.BENCH_RUNS ?? 7);

/**
 * What the floor was with the frozen packages that the providers' classes came from, as a multiple of a bare Node.js:
 * 294 to 30 ms, the fastest of 12 alternating runs on two cores (docs/decisions/0009). The packages are gone; this
 * stays the mark.
 */
const frozenFloor = 9.8;

const usage = join(folder, "usage.mjs");
writeFileSync(
	usage,
	`import { writeFileSync } from "node:fs";
process.on("exit", () => writeFileSync(process.env.BENCH_USAGE, JSON.stringify(process.resourceUsage())));`,
);

const floor = join(folder, "floor.mjs");
writeFileSync(
	floor,
	`import { createRequire } from "node:module";
const require = createRequire(${JSON.stringify(join(projectRoot, "main.ts"))});
const { App, TerraformStack } = require("cdktf");
for (const module of ${JSON.stringify(providerModules(projectRoot))}) require(module);
const app = new App({ outdir: process.env.CDKTF_OUTDIR });
new TerraformStack(app, "empty");
app.synth();`,
);

interface Subject {
	readonly name: string;
	readonly args: readonly string[];
	readonly env?: NodeJS.ProcessEnv;
	/** Done before each run, outside of its time. */
	readonly prepare?: () => void;
}

const cache = { NODE_COMPILE_CACHE: join(folder, "compiled") };
const bare: Subject = { name: "bare Node.js", args: ["-e", "0"] };
const empty: Subject = { name: "floor: classes in use, empty app", args: [floor] };
const engine: Subject = {
	name: "engine alone",
	args: ["-e", `require(${JSON.stringify(join(projectRoot, "node_modules/cdktf"))})`],
};
const synth: Subject = {
	name: "infra synth",
	args: [join(projectRoot, "cli/bin/infra.js"), "synth"],
	env: cache,
};
const site = join(folder, "site.ts");
let edits = 0;
// What an operator meets every day: the cache holds everything but the file that was edited.
const edited: Subject = {
	...synth,
	name: "infra synth, site just edited",
	env: { ...cache, INFRA_SITE: site },
	prepare: () => {
		edits += 1;
		const lab = JSON.stringify(join(projectRoot, "config/sites/lab.ts"));
		writeFileSync(
			site,
			`import lab from ${lab};\nexport default { ...lab, description: "Edit ${edits}" };\n`,
		);
	},
};
const plain: Subject = { name: "node main.ts, nothing cached", args: [join(projectRoot, "main.ts")] };
const stock: Subject = {
	name: "cdktf synth",
	args: [join(projectRoot, "cli/bin/cdktf.js"), "synth"],
	env: cache,
};
const subjects = [bare, engine, empty, synth, edited, plain, stock];

interface Cost {
	/** Milliseconds. */
	readonly time: number;
	/** Milliseconds of all processors. */
	readonly work: number;
	/** Peak resident MiB. */
	readonly memory: number;
}

function run({ args, env, prepare }: Subject): Cost {
	prepare?.();
	const report = join(folder, "usage");
	const output = join(folder, "out");
	const start = performance.now();
	const { status, stderr } = spawnSync(process.execPath, ["--import", usage, ...args], {
		cwd: projectRoot,
		env: {
			...process.env,
			...env,
			CDKTF_OUTDIR: output,
			BENCH_USAGE: report,
			CI: "1",
			CHECKPOINT_DISABLE: "1",
		},
		stdio: ["ignore", "ignore", "pipe"],
	});
	const time = performance.now() - start;
	if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}: ${stderr}`);
	const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(readFileSync(report, "utf8"));
	return { time, work: (userCPUTime + systemCPUTime) / 1000, memory: maxRSS / 1024 };
}

const best = new Map<Subject, Cost>();
try {
	for (let round = 0; round <= runs; round += 1) {
		if (process.stderr.isTTY) process.stderr.write(`\rround ${round} of ${runs}`);
		for (const subject of subjects) {
			const result = run(subject);
			const earlier = best.get(subject);
			// The first round fills the caches.
			if (round > 0)
				best.set(subject, {
					time: Math.min(result.time, earlier?.time ?? Number.POSITIVE_INFINITY),
					work: Math.min(result.work, earlier?.work ?? Number.POSITIVE_INFINITY),
					memory: Math.max(result.memory, earlier?.memory ?? 0),
				});
		}
	}
} finally {
	rmSync(folder, { recursive: true, force: true });
	if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
}

const of = (subject: Subject) =>
	best.get(subject) ?? { time: Number.NaN, work: Number.NaN, memory: Number.NaN };
const lines = subjects.map((subject) => {
	const { time, work, memory } = of(subject);
	return [
		subject.name.padEnd(34),
		`${time.toFixed(0)} ms`.padStart(8),
		`${(time / of(bare).time).toFixed(1)} x bare`.padStart(12),
		`${(time / of(empty).time).toFixed(2)} x floor`.padStart(13),
		`${work.toFixed(0)} ms of work`.padStart(17),
		`${memory.toFixed(0)} MiB`.padStart(9),
	].join("");
});

const goals = [
	{
		goal: "at most 1.0 x the floor of the frozen packages",
		value: of(synth).time / (of(bare).time * frozenFloor),
		most: 1,
	},
	{ goal: "at most 8 x bare Node.js", value: of(synth).time / of(bare).time, most: 8 },
	{ goal: "at most 150 MiB", value: of(synth).memory, most: 150 },
];
lines.push(
	"",
	...goals.map(
		({ goal, value, most }) => `${value <= most ? "met   " : "missed"} ${goal}: ${value.toFixed(2)}`,
	),
);
process.stdout.write(`${lines.join("\n")}\n`);
if (goals.some(({ value, most }) => !(value <= most))) process.exitCode = 1;

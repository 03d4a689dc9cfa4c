/**
 * Time and memory of a synthesis of all stacks, as ratios against floors measured in the same run: a bare Node.js, and a
 * process that only loads the engine and the provider classes in use and writes an empty app. Runs alternate, so that
 * whatever else the machine does falls on all of them alike; the fastest of each counts.
 *
 * `npm run bench`; `BENCH_RUNS` sets the number of runs (default 7). Ends with exit code 1 when a goal is missed.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { providerModules } from "../../providers/schema/types-in-use.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "infra-bench-"));
const runs = Number(process.env.BENCH_RUNS ?? 7);

const memory = join(folder, "memory.mjs");
writeFileSync(
	memory,
	`import { writeFileSync } from "node:fs";
process.on("exit", () => writeFileSync(process.env.BENCH_MEMORY, String(process.resourceUsage().maxRSS)));`,
);

const floor = join(folder, "floor.mjs");
writeFileSync(
	floor,
	`import { createRequire } from "node:module";
const require = createRequire(${JSON.stringify(join(root, "main.ts"))});
const { App, TerraformStack } = require("cdktf");
for (const module of ${JSON.stringify(providerModules(root))}) require(module);
const app = new App({ outdir: process.env.CDKTF_OUTDIR });
new TerraformStack(app, "empty");
app.synth();`,
);

interface Subject {
	readonly name: string;
	readonly args: readonly string[];
	readonly env?: NodeJS.ProcessEnv;
}

const cache = { NODE_COMPILE_CACHE: join(folder, "compiled") };
const bare: Subject = { name: "bare Node.js", args: ["-e", "0"] };
const empty: Subject = { name: "floor: classes in use, empty app", args: [floor] };
const synth: Subject = { name: "infra synth", args: [join(root, "cli/bin/infra.js"), "synth"], env: cache };
const plain: Subject = { name: "node main.ts, nothing cached", args: [join(root, "main.ts")] };
const stock: Subject = { name: "cdktf synth", args: [join(root, "cli/bin/cdktf.js"), "synth"], env: cache };
const subjects = [bare, empty, synth, plain, stock];

/** Wall time in milliseconds and peak resident memory in MiB of one run. */
function run({ args, env }: Subject): { readonly time: number; readonly memory: number } {
	const report = join(folder, "rss");
	const output = join(folder, "out");
	const start = performance.now();
	const { status, stderr } = spawnSync(process.execPath, ["--import", memory, ...args], {
		cwd: root,
		env: {
			...process.env,
			...env,
			CDKTF_OUTDIR: output,
			BENCH_MEMORY: report,
			CI: "1",
			CHECKPOINT_DISABLE: "1",
		},
		stdio: ["ignore", "ignore", "pipe"],
	});
	const time = performance.now() - start;
	if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}: ${stderr}`);
	return { time, memory: Number(readFileSync(report, "utf8")) / 1024 };
}

const best = new Map<Subject, { time: number; memory: number }>();
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
					memory: Math.max(result.memory, earlier?.memory ?? 0),
				});
		}
	}
} finally {
	rmSync(folder, { recursive: true, force: true });
	if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
}

const of = (subject: Subject) => best.get(subject) ?? { time: Number.NaN, memory: Number.NaN };
const lines = subjects.map((subject) => {
	const { time, memory } = of(subject);
	return [
		subject.name.padEnd(34),
		`${time.toFixed(0)} ms`.padStart(8),
		`${(time / of(bare).time).toFixed(1)} x bare`.padStart(12),
		`${(time / of(empty).time).toFixed(2)} x floor`.padStart(13),
		`${memory.toFixed(0)} MiB`.padStart(9),
	].join("");
});

const goals = [
	{ goal: "at most 1.5 x floor", value: of(synth).time / of(empty).time, most: 1.5 },
	{ goal: "at most 10 x bare Node.js", value: of(synth).time / of(bare).time, most: 10 },
	{ goal: "at most 200 MiB", value: of(synth).memory, most: 200 },
];
lines.push(
	"",
	...goals.map(
		({ goal, value, most }) => `${value <= most ? "met   " : "missed"} ${goal}: ${value.toFixed(2)}`,
	),
);
process.stdout.write(`${lines.join("\n")}\n`);
if (goals.some(({ value, most }) => !(value <= most))) process.exitCode = 1;

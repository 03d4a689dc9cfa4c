/**
 * Time from the registry's text to the synthesised stacks, by the number of owners, each with two namespaces and a
 * domain. What each owner adds is to stay the same: nothing may grow with the square of their number.
 *
 * `npm run bench`; `BENCH_RUNS` sets the number of runs (default 3), the fastest counts. Ends with exit code 1
 * when a goal is missed.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadSite } from "../../config/load-site.ts";
import { parseRegistry } from "../../config/registry/parse-registry.ts";

// As main.ts does.
process.env.CDKTN_DISABLE_CREATION_STACK = "1";
const { InfraApp } = await import("../../stacks/infra-app.ts");
const { loadStacks } = await import("../../stacks/catalogue.ts");

const counts = [1, 100, 1000];
const runs = Number(process.env.BENCH_RUNS ?? 3);
const site = await loadSite("lab");
const stacks = await loadStacks();

function registryOf(count: number): string {
	const owners = Array.from({ length: count }, (_, index) => [
		`user${index}`,
		{
			role: "namespace-owner",
			email: `user${index}@example.com`,
			namespaces: [`user${index}`, `user${index}-dev`],
			domains: [`host${index}`],
		},
	]);
	return JSON.stringify(Object.fromEntries(owners));
}

/** The shortest time of several runs, in milliseconds. */
function fastest(work: () => unknown): number {
	const times = Array.from({ length: runs }, () => {
		const start = performance.now();
		work();
		return performance.now() - start;
	});
	return Math.min(...times);
}

function synthesise(text: string): void {
	const outdir = mkdtempSync(join(tmpdir(), "infra-bench-"));
	try {
		new InfraApp({ site, registry: parseRegistry(text), stacks, outdir }).synth();
	} finally {
		rmSync(outdir, { recursive: true, force: true });
	}
}

// The first runs load and compile.
synthesise(registryOf(1));

const results = counts.map((count) => {
	const text = registryOf(count);
	return {
		count,
		parse: fastest(() => parseRegistry(text)),
		synth: fastest(() => synthesise(text)),
	};
});

const [least, middle, most] = results;
if (least === undefined || middle === undefined || most === undefined)
	throw new Error("three counts are needed");
/** How much more one owner costs among many than among a tenth of them. */
const growth = (kind: "parse" | "synth") =>
	(most[kind] - least[kind]) /
	(most.count - least.count) /
	((middle[kind] - least[kind]) / (middle.count - least.count));
const goals = [
	{
		goal: "one more owner is parsed in the same time, however many there are",
		value: growth("parse"),
		most: 2,
	},
	{ goal: "one more owner is synthesised in the same time", value: growth("synth"), most: 2 },
	{ goal: "a thousand owners in seconds", value: most.synth / 1000, most: 2 },
];

const lines = [
	...results.map(({ count, parse, synth }) =>
		[
			`${count} owners`.padEnd(14),
			`parse ${parse.toFixed(1)} ms`.padStart(16),
			`synth ${synth.toFixed(0)} ms`.padStart(16),
		].join(""),
	),
	"",
	...goals.map(
		({ goal, value, most }) =>
			`${value <= most ? "met   " : "missed"} ${goal}: ${value.toFixed(2)}, at most ${most}`,
	),
];
process.stdout.write(`${lines.join("\n")}\n`);
if (goals.some(({ value, most }) => !(value <= most))) process.exitCode = 1;

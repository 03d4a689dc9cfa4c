import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { projectRoot } from "../../../config/project-root.ts";

/** A copy of the project that a test may change. */
const copy = mkdtempSync(join(tmpdir(), "infra-copy-"));

beforeAll(() => {
	// The formatter reads the list of what git ignores.
	const apart = /^(node_modules|cdktf\.out.*|coverage|\.(?!gitignore$).*)$/;
	for (const name of readdirSync(projectRoot))
		if (!apart.test(name)) cpSync(join(projectRoot, name), join(copy, name), { recursive: true });
	symlinkSync(join(projectRoot, "node_modules"), join(copy, "node_modules"));
});
afterAll(() => rmSync(copy, { recursive: true }));

/** Runs a program in the copy. */
function run(...command: string[]): { code: number | null; output: string } {
	const [program = "", ...args] = command;
	const { status, stdout, stderr } = spawnSync(program, args, {
		cwd: copy,
		env: { ...process.env, INFRA_SITE: "lab", CDKTF_OUTDIR: join(copy, "cdktf.out"), NO_COLOR: "1" },
		encoding: "utf8",
		timeout: 110_000,
	});
	return { code: status, output: stdout + stderr };
}

const infra = (...args: string[]) => run(process.execPath, "cli/infra.ts", ...args);
const bin = (name: string, ...args: string[]) => run(join(copy, "node_modules/.bin", name), ...args);

const order = [
	...["new", "stack", "alice-shop", "--owner", "alice", "--host", "shop"],
	...["--image", "registry.example.org/alice/shop:1.0.0", "--secret", "API_KEY=api_key"],
];
const made = ["stacks/alice-shop", "test/unit/apps/alice-shop.test.ts"];
const edited = ["stacks/catalogue.ts", "config/schema/reserved-names.ts"];

describe("a new stack", () => {
	test("that is only tried writes nothing", () => {
		const before = edited.map((path) => readFileSync(join(copy, path), "utf8"));
		const { code, output } = infra(...order, "--dry-run");
		expect(code).toBe(0);
		expect(output).toContain('+\t"alice-shop",');
		expect(edited.map((path) => readFileSync(join(copy, path), "utf8"))).toEqual(before);
		expect(readdirSync(join(copy, "stacks"))).not.toContain("alice-shop");
	});

	test("is made and says what it changed", () => {
		const { code, output } = infra(...order);
		expect(code).toBe(0);
		expect(output.split("\n").filter((line) => line.startsWith("edited"))).toEqual(
			edited.map((path) => `edited  ${path}`),
		);
	});

	test("cannot be made twice", () => {
		const { code, output } = infra(...order);
		expect(code).toBe(1);
		expect(output).toContain("name alice-shop: there is such a stack");
	});

	test("is written as the formatter and the compiler want it", () => {
		expect(bin("biome", "check", ...made, ...edited)).toMatchObject({ code: 0 });
		expect(
			bin("tsc")
				.output.split("\n")
				.filter((line) => line.includes("alice-shop")),
		).toEqual([]);
	});

	test("synthesises with all others", () => {
		const { code, output } = infra("synth");
		expect({ code, output }).toMatchObject({ code: 0 });
		expect(readdirSync(join(copy, "cdktf.out/stacks"))).toContain("alice-shop");
	});

	test("passes its own test and those of the lists of stacks, and has a readable snapshot of each site", () => {
		const tests = [
			"test/unit/apps",
			"test/stacks/catalogue.test.ts",
			"test/unit/registry/reserved-names.test.ts",
		];
		expect(bin("vitest", "run", "--project", "unit", ...tests)).toMatchObject({ code: 0 });
		expect(
			bin("vitest", "run", "--project", "unit", "test/stacks/snapshots.test.ts", "-t", "alice-shop", "-u"),
		).toMatchObject({ code: 0 });
		const snapshots = join(copy, "test/stacks/__snapshots__");
		expect(readFileSync(join(snapshots, "lab/alice-shop.cdk.tf.json"), "utf8")).toContain(
			'"image": "registry.example.org/alice/shop:1.0.0"',
		);
		// Whatever differs elsewhere, the image does not.
		expect(readFileSync(join(snapshots, "home/alice-shop.difference.json"), "utf8")).not.toContain("image");
	});

	test("of somebody whom only the real registry knows brings a stand-in, and the lab synthesises it", () => {
		const registry = join(copy, "registry.json");
		const erin = {
			role: "namespace-owner",
			email: "real@example.net",
			namespaces: ["erin"],
			domains: ["blog"],
		};
		writeFileSync(registry, JSON.stringify({ erin }));
		const image = "registry.example.org/erin/blog:1.0.0";
		const made = run(
			...["env", `INFRA_REGISTRY=${registry}`, process.execPath, "cli/infra.ts"],
			...["new", "stack", "erin-blog", "--owner", "erin", "--image", image, "--host", "blog"],
		);
		expect(made.output).toContain("edited  config/registry/lab.json\n");
		expect(readFileSync(join(copy, "config/registry/lab.json"), "utf8")).not.toContain("real@example.net");
		expect(infra("synth")).toMatchObject({ code: 0 });
		expect(readdirSync(join(copy, "cdktf.out/stacks"))).toContain("erin-blog");
	});
});

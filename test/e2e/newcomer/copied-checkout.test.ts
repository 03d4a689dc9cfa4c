import { spawnSync } from "node:child_process";
import {
	cpSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { projectRoot } from "../../../config/project-root.ts";
import { linkPackages } from "../../link-packages.ts";

// On the file system of the project, so that the packages can be hard links.
mkdirSync(join(projectRoot, ".cache"), { recursive: true });
const folder = mkdtempSync(join(projectRoot, ".cache/copies-"));
const [copy, moved] = [join(folder, "copy"), join(folder, "moved")];

beforeAll(() => {
	// What was started, cached or written before goes along, as with cp -a.
	const run = spawnSync(join(projectRoot, "node_modules/.bin/infra"), ["list"]);
	expect(run.status).toBe(0);
	const apart = /^(\.git|\.cache|\.lab.*|cdktf\.out.*|node_modules|coverage)$/;
	mkdirSync(copy);
	for (const name of readdirSync(projectRoot))
		if (!apart.test(name)) cpSync(join(projectRoot, name), join(copy, name), { recursive: true });
	linkPackages(copy);
	const site = join(copy, "config/sites/lab.ts");
	const text = readFileSync(site, "utf8");
	writeFileSync(site, text.replace(/description: ".*"/, 'description: "Edited in the copy"'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs an installed program of a checkout, from inside it. */
const run = (checkout: string, program: string, ...args: string[]) =>
	runFor("lab", checkout, program, ...args);

function runFor(INFRA_SITE: string, checkout: string, program: string, ...args: string[]) {
	const { CDKTF_OUTDIR: _, ...env } = process.env;
	const { status, stdout, stderr } = spawnSync(join(checkout, "node_modules/.bin", program), args, {
		cwd: checkout,
		env: { ...env, INFRA_SITE, NO_COLOR: "1" },
		encoding: "utf8",
		timeout: 110_000,
	});
	return { code: status, output: stdout + stderr };
}

/** When each document of the original was written. */
function writtenAt(): (number | undefined)[] {
	const stacks = join(projectRoot, "cdktf.out/stacks");
	return readdirSync(join(projectRoot, "stacks")).map((stack) => {
		const file = join(stacks, stack, "cdk.tf.json");
		return existsSync(file) ? statSync(file).mtimeMs : undefined;
	});
}

describe.for([
	["copied", copy],
	["moved", moved],
] as const)("a checkout that was %s", ([how, checkout]) => {
	beforeAll(() => {
		if (how === "moved") renameSync(copy, moved);
	});

	test.for(["infra", "cdktf"])("is what %s synth reads and writes", (program) => {
		rmSync(join(checkout, "cdktf.out"), { recursive: true, force: true });
		const before = writtenAt();
		const { code } = run(checkout, program, "synth");
		expect({ code, written: existsSync(join(checkout, "cdktf.out/stacks/redis/cdk.tf.json")) }).toEqual({
			code: 0,
			written: true,
		});
		expect(writtenAt()).toEqual(before);
	});

	test("is what the report is about", () => {
		const { output } = run(checkout, "infra", "synth");
		expect(output).toMatch(/^site lab {2}Edited in the copy\n/);
		expect(output).not.toContain(`${projectRoot}/cdktf.out`);
	});

	test("is where new code goes", () => {
		const stack = `alice-${how}`;
		const image = "registry.example.org/alice/shop:1.0.0";
		const { code } = run(checkout, "infra", "new", "stack", stack, "--owner", "alice", "--image", image);
		expect({ code, here: existsSync(join(checkout, "stacks", stack)) }).toEqual({ code: 0, here: true });
		expect(existsSync(join(projectRoot, "stacks", stack))).toBe(false);
	});
});

test("both programs write a site into a folder of its own", () => {
	const site = join(folder, "mine.ts");
	const input = JSON.stringify(join(moved, "config/sites/lab.ts"));
	writeFileSync(site, `import lab from ${input};\nexport default { ...lab, name: "mine" };\n`);
	const outputs = () => readdirSync(moved).filter((name) => name.startsWith("cdktf.out"));
	const before = outputs();
	for (const program of ["infra", "cdktf"]) {
		expect(runFor(site, moved, program, "synth").code).toBe(0);
		const [output = "", ...others] = outputs().filter((name) => !before.includes(name));
		expect(others).toEqual([]);
		const written = readFileSync(join(moved, output, "stacks/redis/cdk.tf.json"), "utf8");
		expect(JSON.parse(written).output).toEqual({ site: { value: "mine" } });
		rmSync(join(moved, output), { recursive: true });
	}
	const written = readFileSync(join(moved, "cdktf.out/stacks/redis/cdk.tf.json"), "utf8");
	expect(JSON.parse(written).output).toEqual({ site: { value: "lab" } });
}, 120_000);

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { infra } from "./infra-process.ts";

let folder = "";
beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), "infra-command-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (args: string, env: NodeJS.ProcessEnv = {}) =>
	infra(args.split(" "), { env: { CDKTF_OUTDIR: join(folder, "out"), ...env } });

test.for([
	["snyth", "error: unknown command 'snyth'\n(Did you mean synth?)\n"],
	["synth --jsno", "error: unknown option '--jsno'\n(Did you mean --json?)\n"],
	["plan redsi", "error: no such stack: redsi\n  help: did you mean redis?\n"],
	["destroy", "error: missing required argument 'stack'\n"],
	[
		"deploy redis",
		"error: deploy asks before it changes anything, and there is no terminal to answer on\n  help: pass --yes\n",
	],
	[
		"list --site hoem",
		`error: --site has 1 problem

  hoem
    no such site: expected home or lab, or the path of a file
    help: did you mean home?
`,
	],
] as const)("infra %s is refused with what would be right", async ([args, message]) => {
	expect(await run(args)).toEqual({ code: 1, stdout: "", stderr: message });
});

test("a site that the environment names is refused under the name of the variable", async () => {
	const { code, stderr } = await run("list", { INFRA_SITE: "hoem" });
	expect([code, stderr]).toEqual([1, expect.stringContaining("error: INFRA_SITE has 1 problem\n\n  hoem\n")]);
	expect(await run("list --site lab", { INFRA_SITE: "hoem" })).toEqual(await run("list"));
});

test("a bad site stops the synthesis before anything is written", async () => {
	const { code, stdout } = await run("synth --site ./package.json");
	expect({ code, stdout, written: existsSync(join(folder, "out")) }).toEqual({
		code: 1,
		stdout: "",
		written: false,
	});
});

test("without Terraform on the PATH a plan says what to install", async () => {
	const { code, stderr } = await run("plan", { PATH: folder });
	expect({ code, stderr }).toEqual({
		code: 1,
		stderr:
			"error: terraform or tofu: not found on the PATH\n" +
			"  help: install Terraform or OpenTofu 1.11.0 or newer; TERRAFORM_BINARY_NAME may name the program\n",
	});
});

test("without Terraform the doctor fails, and still reports on everything", async () => {
	const { code, stdout } = await run("doctor --json", { PATH: folder });
	const { sound, tools } = JSON.parse(stdout);
	expect({ code, sound, node: tools[0].state, terraform: tools[1].state }).toEqual({
		code: 1,
		sound: false,
		node: "ok",
		terraform: "missing",
	});
});

test.for([
	["--help", false],
	["list", false],
	["graph", true],
] as const)("whether infra %s loads the engine: %s", async ([args, expected]) => {
	// The coverage names every file that was loaded.
	const coverage = mkdtempSync(join(folder, "coverage-"));
	await run(args, { NODE_V8_COVERAGE: coverage });
	const loaded = readdirSync(coverage).map((file) => readFileSync(join(coverage, file), "utf8"));
	expect(loaded.some((text) => text.includes("/node_modules/cdktf/"))).toBe(expected);
});

test("validate writes no file", async () => {
	const outdir = mkdtempSync(join(folder, "validated-"));
	const { code } = await run("validate", { CDKTF_OUTDIR: outdir });
	const files = readdirSync(outdir, { recursive: true, withFileTypes: true }).filter((entry) =>
		entry.isFile(),
	);
	expect({ code, files }).toEqual({ code: 0, files: [] });
});

test("synth needs no Terraform", async () => {
	const { code, stderr } = await run("synth", { TERRAFORM_BINARY_NAME: join(folder, "no-such-program") });
	expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
});

test("synth says in JSON where each stack was written", async () => {
	const { stdout } = await run("synth --json");
	const { stacks } = JSON.parse(stdout) as { stacks: { stack: string; file: string }[] };
	expect(stacks.map(({ file }) => file).sort()).toEqual(
		readdirSync(join(folder, "out/stacks"))
			.sort()
			.map((name) => join(folder, "out/stacks", name, "cdk.tf.json")),
	);
});

test("the installed program says the same", async () => {
	const env = { CDKTF_OUTDIR: join(folder, "out") };
	expect(await infra(["synth"], { env, program: "cli/bin/infra.js" })).toEqual(await run("synth"));
});

test.for([
	"synth",
	"validate",
	"plan",
	"deploy",
	"destroy",
	"list",
	"graph",
	"doctor",
	"site",
	"rules",
	"waivers",
	"schemas",
	"docs",
	"exports",
	"exports check",
	"exports diff",
	"exports apply",
	"exports rollback",
	"owners",
	"owners list",
	"owners check",
	"owners show",
	"owners add",
	"owners change",
	"owners disable",
	"owners enable",
	"owners remove",
	"pipeline",
])("infra %s --help has examples", async (command) => {
	const { code, stdout } = await run(`${command} --help`);
	expect(code).toBe(0);
	expect(stdout).toContain("\nExamples:\n  infra ");
});

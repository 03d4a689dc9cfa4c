import { spawn } from "node:child_process";
import {
	cpSync,
	existsSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { shellWord } from "../../clients/host/shell-word.ts";
import { terraformTool } from "../../engine/binary.ts";
import { probe } from "../../engine/probe.ts";
import { infra, type ProcessResult, type StartOptions } from "./infra-process.ts";

const terraform = await probe(terraformTool);
const program = "test/cli/fake-infra.ts";

/** A folder with the state, and with an output for each of two sites. */
function fakeProject() {
	const folder = mkdtempSync(join(tmpdir(), "infra-terminals-"));
	onTestFinished(() => rmSync(folder, { recursive: true }));
	const environment = (world: object, site: string) => ({
		CDKTF_OUTDIR: join(folder, `out.${site}`),
		FAKE_WORLD: JSON.stringify({ storage: world }),
		FAKE_SITE: site,
	});
	const run = (
		args: string,
		world: object,
		more: NodeJS.ProcessEnv = {},
		onOutput: StartOptions["onOutput"] = () => {},
	) => {
		const env = { ...environment(world, more.FAKE_SITE ?? "lab"), ...more };
		return infra(args.split(" "), { program, env, onOutput });
	};
	/** Begins a deploy on a terminal. It waits at its question. */
	const ask = async (world: object, site = "lab") => {
		const terminal = spawn(
			"script",
			[
				"--quiet",
				"--flush",
				"--return",
				"--command",
				`${[process.execPath, program].map(shellWord).join(" ")} deploy`,
				"/dev/null",
			],
			{ cwd: process.cwd(), env: { ...process.env, ...environment(world, site) } },
		);
		let output = "";
		const asked = new Promise<void>((resolve, reject) => {
			terminal.stdout.on("data", (data) => {
				output += data;
				if (output.includes("(y/N)")) resolve();
			});
			terminal.on("close", () => reject(new Error(`no question was asked:\n${output}`)));
		});
		const ended = new Promise<ProcessResult>((resolve) => {
			terminal.on("close", (code) => resolve({ code, stdout: output, stderr: "" }));
		});
		onTestFinished(() => void terminal.kill("SIGKILL"));
		await asked;
		return {
			output: () => output,
			answer: (key: string) => {
				terminal.stdin.write(key);
				return ended;
			},
		};
	};
	const held = () => {
		const text = readFileSync(join(folder, "state/lab/storage/terraform.tfstate"), "utf8");
		const { resources } = JSON.parse(text) as {
			resources: { name: string; instances: { attributes: { input: { value: string } } }[] }[];
		};
		return Object.fromEntries(
			resources.map(({ name, instances }) => [name, instances[0]?.attributes.input.value]),
		);
	};
	const files = () => readdirSync(folder, { recursive: true, encoding: "utf8" });
	const left = () => files().filter((name) => /\.tfplan$|\/claims\/./.test(name));
	return { folder, run, ask, held, files, left };
}

const other = { FAKE_SITE: "other" };
const world = (value: string) => ({ a: { input: value } });

describe("with two terminals open", () => {
	beforeEach(({ skip }) => {
		if (terraform.state !== "ok")
			skip(`needs Terraform or OpenTofu ${terraformTool.needed}; infra doctor says what was found`);
	});

	test("each applies what it has shown, whatever was synthesised since", async () => {
		const { run, ask, held, left } = fakeProject();
		const first = await ask(world("shown"));
		expect((await run("synth", world("edited since"))).code).toBe(0);
		expect((await first.answer("y\r")).code).toBe(0);
		expect(held()).toEqual({ a: "shown" });
		expect(left()).toEqual([]);
	});

	test("one applies what it has shown, although a revision without the stack was synthesised since", async () => {
		const { run, ask, held } = fakeProject();
		const first = await ask(world("shown"));
		const without = { FAKE_WORLD: JSON.stringify({ vault: world("1") }) };
		expect((await run("plan", {}, without)).code).toBe(0);
		expect((await first.answer("y\r")).code).toBe(0);
		expect(held()).toEqual({ a: "shown" });
	});

	test("one site is not worked on twice, and the second is told by whom", async () => {
		const { run, ask, held } = fakeProject();
		const first = await ask(world("shown"));
		for (const command of ["deploy --yes", "plan", "destroy storage --confirm storage"]) {
			const { code, stdout, stderr } = await run(command, world("of another terminal"));
			expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
			expect(stderr).toMatch(
				/^error: stack storage of site lab is held by process \d+ of \S+, since \d{4}-\S+Z: infra deploy\n {2}help: wait until it has ended, or end it: kill \d+\n$/,
			);
		}
		expect((await first.answer("y\r")).code).toBe(0);
		expect(held()).toEqual({ a: "shown" });
		expect((await run("plan --detailed-exitcode", world("shown"))).code).toBe(0);
	});

	test("a no removes only its own plan", async () => {
		const { ask, held, left } = fakeProject();
		const [first, second] = [await ask(world("first")), await ask(world("second"), "other")];
		expect(await first.answer("n\r")).toMatchObject({
			code: 1,
			stdout: expect.stringContaining("not confirmed"),
		});
		expect((await second.answer("y\r")).code).toBe(0);
		expect([held(), left()]).toEqual([{ a: "second" }, []]);
	});

	test("a plan from before the other's apply is not applied", async () => {
		const { ask, held } = fakeProject();
		const [first, second] = [await ask(world("first")), await ask(world("second"), "other")];
		expect((await first.answer("y\r")).code).toBe(0);
		expect(await second.answer("y\r")).toMatchObject({
			code: 1,
			stdout: expect.stringContaining("Saved plan is stale"),
		});
		expect(held()).toEqual({ a: "first" });
	});

	test("whose states are one, the second waits or is told who holds it, and not to do without the lock", async () => {
		const { folder, run } = fakeProject();
		const slow = { a: { provisioner: [{ "local-exec": { command: "sleep 60" } }] } };
		let told: Promise<ProcessResult> | undefined;
		const { stderr } = await run("deploy --yes", slow, {}, (stdout, child) => {
			if (told !== undefined || !stdout.includes("… create")) return;
			told = run("plan", world("2"), { CDKTF_OUTDIR: join(folder, "out.other") });
			void told.then(() => child.kill("SIGINT"));
		});
		const { stderr: refusal = "" } = (await told) ?? {};
		expect(refusal).toMatch(/Error acquiring the state lock\n(.*\n)+ +Who: +\S+@\S+\n/);
		const [, state = ""] =
			/help: wait until the process that holds it .* fuser -v (\S+) names it/.exec(refusal) ?? [];
		expect(existsSync(state)).toBe(true);
		expect(refusal).not.toContain("force-unlock");
		expect(refusal).not.toContain("-lock=false");
		expect(stderr).toContain("stopping: waiting for terraform apply of stack storage to end in order");
	});

	test("a plan is in a folder of its owner, and goes with Ctrl-C", async () => {
		const { folder, ask, files, left } = fakeProject();
		const terminal = await ask(world("1"));
		const [plan = ""] = files().filter((name) => name.endsWith(".tfplan"));
		const modes = [plan, join(plan, "..")].map((name) =>
			(statSync(join(folder, name)).mode & 0o777).toString(8),
		);
		expect(modes).toEqual(["600", "700"]);
		expect((await terminal.answer("\u0003")).code).toBe(130);
		expect(left()).toEqual([]);
	});

	test("who was killed keeps nothing, and its plan goes with the next command", async () => {
		const { folder, run, ask, files, left } = fakeProject();
		const terminal = await ask(world("1"));
		const [claim = ""] = files().filter((name) => /\/claims\/.*\.json$/.test(name));
		const { pid } = JSON.parse(readFileSync(join(folder, claim), "utf8"));
		process.kill(pid, "SIGKILL");
		await terminal.answer("");
		expect(left().filter((name) => name.endsWith(".tfplan")).length).toBe(1);
		expect((await run("deploy --yes", world("1"))).code).toBe(0);
		expect(left()).toEqual([]);
	});

	test("a copy of an output is not held with the original", async () => {
		const { folder, run, ask } = fakeProject();
		const first = await ask(world("1"));
		cpSync(join(folder, "out.lab"), join(folder, "out.copy"), { recursive: true });
		expect((await run("plan", world("1"), { CDKTF_OUTDIR: join(folder, "out.copy") })).code).toBe(0);
		await first.answer("n\r");
	});

	test("a plan that is no longer the one that was shown is not applied", async () => {
		const { folder, ask, files } = fakeProject();
		const terminal = await ask(world("1"));
		const [plan = ""] = files().filter((name) => name.endsWith(".tfplan"));
		writeFileSync(join(folder, plan), "another plan");
		expect(await terminal.answer("y\r")).toMatchObject({
			code: 1,
			stdout: expect.stringContaining("the saved plan is not the one that was shown, nothing was applied"),
		});
	});
});

describe("a state", () => {
	beforeEach(({ skip }) => {
		if (terraform.state !== "ok")
			skip(`needs Terraform or OpenTofu ${terraformTool.needed}; infra doctor says what was found`);
	});

	test("of one site is not touched by another", async () => {
		const { run, held } = fakeProject();
		await run("deploy --yes", world("1"));
		for (const command of ["plan", "deploy --yes", "destroy storage --confirm storage"]) {
			const { code, stderr } = await run(command, world("2"), other);
			expect({ code, stderr }).toEqual({
				code: 1,
				stderr:
					"error: stack storage: its state belongs to site lab, and this is site other\n" +
					"  help: give site other a state of its own: state.tier1 of its configuration\n",
			});
		}
		expect(held()).toEqual({ a: "1" });
	});

	test("says whose it is although the first apply failed", async () => {
		const { run } = fakeProject();
		const broken = { b: { provisioner: [{ "local-exec": { command: "exit 3" } }] } };
		expect((await run("deploy --yes", broken)).code).toBe(1);
		expect((await run("plan", world("2"), other)).stderr).toContain("its state belongs to site lab");
	});

	test("that was emptied may be anybody's", async () => {
		const { run, held } = fakeProject();
		await run("deploy --yes", world("1"));
		await run("destroy storage --confirm storage", world("1"));
		expect((await run("deploy --yes", world("2"), other)).code).toBe(0);
		expect(held()).toEqual({ a: "2" });
	});
});

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { isRunning, type LabProcess } from "../../../cli/lab/lab-process.ts";
import { missingPrograms } from "../../../cli/lab/needed-programs.ts";
import { waitFor } from "../rig/wait-for.ts";

const project = join(import.meta.dirname, "../../..");
// Where cdktf.out is: documents name charts and states relative to that.
const folder = mkdtempSync(join(project, ".lab-"));
const lab = join(folder, "lab");
const command = join(project, "cli/bin/infra.js");
const env = { ...process.env, INFRA_LAB: lab, CDKTF_OUTDIR: folder, NO_COLOR: "1" };

beforeEach(({ skip }) => {
	const missing = missingPrograms();
	skip(
		missing.length > 0,
		`not on this machine: ${missing.join(", ")}; infra lab build says how to get them`,
	);
});
afterAll(async () => {
	await infra("down");
	rmSync(folder, { recursive: true, force: true });
}, 30_000);

interface Finished {
	readonly code: number;
	readonly output: string;
}

const infra = (...args: string[]) => infraWith({}, ...args);

async function infraWith(more: NodeJS.ProcessEnv, ...args: string[]): Promise<Finished> {
	try {
		const { stdout, stderr } = await promisify(execFile)(command, ["lab", ...args], {
			env: { ...env, ...more },
			maxBuffer: 16 * 1024 ** 2,
		});
		return { code: 0, output: stdout + stderr };
	} catch (error) {
		const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
		return { code, output: stdout + stderr };
	}
}

const state = (name: string) => JSON.parse(readFileSync(join(lab, name), "utf8"));
const processes = (): readonly LabProcess[] => state("processes.json");

describe("the lab", () => {
	test("without one, says so", async () => {
		expect(await infra("status")).toEqual({ code: 1, output: "there is no lab: infra lab up starts one\n" });
		expect((await infra("apply")).output).toContain(
			"error: there is no lab\n  help: infra lab up starts one",
		);
		expect(await infra("down")).toEqual({ code: 0, output: "there was no lab\n" });
	});

	test("starts, for its owner's eyes only, and starting it again changes nothing", async () => {
		expect((await infra("up")).output).toContain("the lab runs");
		expect(statSync(lab).mode & 0o077).toBe(0);
		const before = [state("lab.json"), processes()];
		expect((await infra("up")).code).toBe(0);
		expect([state("lab.json"), processes()]).toEqual(before);
		expect((await infra("status")).code).toBe(0);
	}, 60_000);

	test("gives its shell the addresses and tokens of its servers", async () => {
		expect(await infra("shell", "--", "sh", "-c", "echo $VAULT_ADDR; exit 3")).toEqual({
			code: 3,
			output: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\n$/),
		});
	});

	test("takes the stacks, and an interrupted apply is taken up again", async ({ skip }) => {
		const child = spawn(command, ["lab", "apply", "vault"], { env, stdio: ["ignore", "pipe", "pipe"] });
		let output = "";
		for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
		await waitFor(
			"the apply is under way, or cannot be",
			() => output.includes("✓ create") || child.exitCode !== null,
			{ within: 60_000 },
		);
		skip(
			/cannot install/.test(output),
			"terraform init cannot install the providers: a registry, a mirror or the plugin folder enables it",
		);
		child.kill("SIGINT");
		const [code] = await once(child, "exit");
		expect(code).toBe(130);
		const again = await infra("apply");
		expect(again.output).toContain("woodpecker  applied");
		const verdict = await infra("verify");
		expect(verdict.output).not.toContain("✗");
		expect(verdict.code).toBe(0);
	}, 180_000);

	test("that is stopped leaves neither a process nor a file", async () => {
		const stopped = processes();
		expect(stopped.every(isRunning)).toBe(true);
		expect(await infra("down")).toEqual({ code: 0, output: "the lab is gone\n" });
		expect(stopped.some(isRunning)).toBe(false);
		expect(existsSync(lab)).toBe(false);
	}, 30_000);

	test("that is interrupted while it starts leaves nothing either", async () => {
		const child = spawn(command, ["lab", "up"], { env, stdio: "ignore" });
		await waitFor("it has begun", () => existsSync(join(lab, "logs")), { within: 10_000, every: 10 });
		child.kill("SIGINT");
		const [code] = await once(child, "exit");
		expect(code).toBe(130);
		expect(existsSync(lab)).toBe(false);
	}, 30_000);

	test("whose start is killed is stopped by its next command", async () => {
		const child = spawn(command, ["lab", "up"], { env, stdio: "ignore", detached: true });
		await waitFor("a program runs", () => existsSync(join(lab, "processes.json")), {
			within: 10_000,
			every: 10,
		});
		process.kill(-(child.pid ?? 0), "SIGKILL");
		await once(child, "exit");
		const left = processes();
		expect(left.some(isRunning)).toBe(true);
		expect((await infra("status")).output).toContain("running");
		expect(await infra("down")).toEqual({ code: 0, output: "the lab is gone\n" });
		expect(left.some(isRunning)).toBe(false);
	}, 30_000);

	test("of which a program ends early says its last words, and stops the others", async () => {
		const programs = mkdtempSync(join(folder, "programs-"));
		const write = (name: string, line: string) =>
			writeFileSync(join(programs, name), `#!/bin/sh\n${line}\n`, { mode: 0o755 });
		write("etcd", "echo the disk is full >&2; exit 1");
		// It would be waited for: a program that never is ready.
		write("bao", "exec sleep 60");
		const begin = performance.now();
		expect(await infraWith({ KUBEBUILDER_ASSETS: programs }, "up")).toEqual({
			code: 1,
			output: expect.stringContaining("etcd has ended:\nthe disk is full"),
		});
		expect(performance.now() - begin).toBeLessThan(15_000);
		expect(existsSync(lab)).toBe(false);
	}, 60_000);
});

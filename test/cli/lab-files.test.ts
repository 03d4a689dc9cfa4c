import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
	closeSync,
	cpSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	openSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { infra } from "./infra-process.ts";

/** A folder that may be a lab's, with texts by name. */
function folderWith(files: Readonly<Record<string, unknown>>) {
	const parent = mkdtempSync(join(tmpdir(), "infra-lab-files-"));
	onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
	const lab = join(parent, "lab");
	for (const [name, value] of Object.entries(files)) {
		mkdirSync(join(lab, name, ".."), { recursive: true });
		writeFileSync(join(lab, name), typeof value === "string" ? value : JSON.stringify(value));
	}
	return { parent, lab, down: (folder = lab) => infra(["lab", "down"], { env: { INFRA_LAB: folder } }) };
}

const stateOf = (site?: string, instances = [{}]) => ({
	version: 4,
	...(site === undefined ? {} : { outputs: { site: { value: site, type: "string" } } }),
	resources: [{ mode: "managed", type: "terraform_data", name: "a", instances }],
});
const started = { "processes.json": [], "site.json": { name: "lab-1" } };
const statePath = "state/redis/terraform.tfstate";

describe("infra lab down", () => {
	test("leaves a folder alone that is none of a lab", async () => {
		const { lab, down } = folderWith({ [statePath]: stateOf("mine") });
		expect(await down()).toEqual({ code: 0, stdout: "there was no lab\n", stderr: "" });
		expect(existsSync(join(lab, statePath))).toBe(true);
	});

	test("removes the states of the lab, and those that hold nothing", async () => {
		const { lab, down } = folderWith({
			...started,
			[statePath]: stateOf("lab-1"),
			"state/redis/terraform.tfstate.backup": stateOf("lab-1"),
			"state/redis/journal.jsonl": '{"what":"apply"}\n{"what":"apply"}\n',
			"state/vault/terraform.tfstate": stateOf("mine", []),
		});
		expect(await down()).toEqual({ code: 0, stdout: "the lab is gone\n", stderr: "" });
		expect(existsSync(lab)).toBe(false);
	});

	test.for([
		["of another site", stateOf("lab"), "site lab"],
		["of an earlier lab", stateOf("lab-0"), "site lab-0"],
		["that does not say whose it is", stateOf(), "an unknown site"],
		["that cannot be read", "encrypted", "something else"],
	] as const)("refuses while there is a state %s", async ([, state, owner]) => {
		const { lab, down } = folderWith({ ...started, [statePath]: state });
		expect(await down()).toEqual({
			code: 1,
			stdout: "",
			stderr:
				`error: ${join(lab, statePath)} is a state of ${owner}, not of the lab: nothing was stopped or removed\n` +
				"  help: move it elsewhere, and name its folder in the state of its site; then again\n",
		});
		expect(readdirSync(lab).sort()).toEqual(["processes.json", "site.json", "state"]);
	});

	test("leaves what the lab did not make, and says so", async () => {
		const { lab, down } = folderWith({ ...started, "notes.txt": "mine" });
		expect((await down()).stdout).toBe(
			"the lab is gone\nleft in its folder, for the lab did not make it: notes.txt\n",
		);
		expect(readdirSync(lab)).toEqual(["notes.txt"]);
	});
});

test("a lab does not start in a folder that holds something else by one of its names", async () => {
	const { lab } = folderWith({ "logs/mine.log": "mine", "notes.txt": "mine" });
	vi.stubEnv("INFRA_LAB", lab);
	vi.resetModules();
	const { makeLabFolder } = await import("../../lab/lab-files.ts");
	expect(() => makeLabFolder()).toThrow(`${lab} is no folder of a lab, and logs in it would be in the way`);
	expect(readFileSync(join(lab, "logs/mine.log"), "utf8")).toBe("mine");
	vi.unstubAllEnvs();
});

describe("a program of a lab", () => {
	/** Starts one that writes its log in the lab's folder. */
	function start(lab: string): ChildProcess {
		mkdirSync(join(lab, "logs"), { recursive: true });
		const log = openSync(join(lab, "logs/sleep.log"), "a");
		const child = spawn("sleep", ["60"], { stdio: ["ignore", log, log] });
		closeSync(log);
		onTestFinished(() => void child.kill("SIGKILL"));
		const startTime = readFileSync(`/proc/${child.pid}/stat`, "utf8")
			.replace(/^.*\) /s, "")
			.split(" ")[19];
		const process = { name: "sleep", file: "/bin/sleep", pid: child.pid, startTime, log: "" };
		writeFileSync(join(lab, "processes.json"), JSON.stringify([process]));
		return child;
	}

	test("runs on when a copy of its checkout takes its lab down", async () => {
		const { parent, lab, down } = folderWith(started);
		const child = start(lab);
		const copy = join(parent, "copy");
		cpSync(lab, copy, { recursive: true });
		expect((await down(copy)).code).toBe(0);
		expect([existsSync(copy), child.exitCode, child.signalCode]).toEqual([false, null, null]);
	});

	test("is found from a checkout that was moved", async () => {
		const { parent, lab, down } = folderWith(started);
		const child = start(lab);
		const ended = once(child, "exit");
		renameSync(lab, join(parent, "moved"));
		expect((await down(join(parent, "moved"))).code).toBe(0);
		expect((await ended)[1]).toBe("SIGTERM");
	});
});

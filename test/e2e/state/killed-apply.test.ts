import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, type TestContext, test } from "vitest";
import { whoAmI } from "../../../engine/state/journal.ts";
import { filesBelow } from "../harness/files-with.ts";
import { killBelow, processesBelow } from "../harness/processes-below.ts";
import { waitFor } from "../harness/wait-for.ts";
import { encryptedProject, missing, secretOf } from "./encrypted-project.ts";
import { slowObject } from "./slow-object.ts";

beforeEach(({ skip }) => skip(missing !== "", missing));

/** An object whose creation lasts until a file is there, after one that takes no time. */
const untilThereIs = (file: string) => ({
	INFRA_TEST_GO: file,
	FAKE_WORLD: JSON.stringify({ storage: { a: { input: "1" }, b: slowObject("2") } }),
});

const gone = (folder: string) =>
	waitFor("what was started has ended", async () => processesBelow(folder).length === 0, { within: 60_000 });

describe.concurrent("an apply is killed", { timeout: 600_000 }, () => {
	test("with its command only: what Terraform does meanwhile is not lost", async (context) => {
		const { run, folder, memory, opened, filesWith, journal } = encryptedProject(context);
		const slow = untilThereIs(join(folder, "go"));
		expect((await run("deploy storage --yes")).code).toBe(0);
		const killed = await run("deploy storage --yes", slow, (stdout, child) => {
			if (stdout.includes("… create  storage/b")) child.kill("SIGKILL");
		});
		expect(killed).toMatchObject({ code: null, stderr: "" });
		// Its Terraform goes on: nobody takes its folder away, nor works on the stack beside it.
		const beside = await run("plan storage", slow);
		expect([beside.code, beside.stderr]).toEqual([1, expect.stringContaining("is held by process")]);
		writeFileSync(join(folder, "go"), "");
		await gone(join(folder, "out"));
		expect(opened().serial).toBe(1);
		const emergency = filesBelow(memory).filter((file) => file.endsWith("errored.tfstate"));
		expect(emergency).toHaveLength(1);
		const { lineage } = opened();
		expect(filesWith(lineage)).toEqual(emergency);
		// Nobody gets the lock before that is in its place.
		const unlocked = await run(`state unlock storage --holder ${whoAmI()}`);
		expect([unlocked.code, unlocked.stderr]).toEqual([
			1,
			expect.stringContaining("its newest state lies here"),
		]);
		const next = await run("plan storage --detailed-exitcode", slow);
		expect(next).toMatchObject({ code: 0, stderr: expect.stringContaining("was taken over, serial") });
		expect(opened().resources.map(({ name }) => name)).toEqual(["a", "b"]);
		expect([filesBelow(memory), filesWith(lineage), filesWith(secretOf(opened()))]).toEqual([[], [], []]);
		const history = await run("state history storage");
		expect(history.stdout).toMatch(/apply +not ended/);
		expect(journal().map(({ what, outcome }) => `${what} ${outcome}`)).toEqual(
			expect.arrayContaining(["apply begun", "recovery done"]),
		);
	});

	test("with its command only, before there was any state: nothing that it made is lost", async (context) => {
		const { run, folder, memory, opened } = encryptedProject(context);
		const slow = untilThereIs(join(folder, "go"));
		await run("deploy storage --yes", slow, (stdout, child) => {
			if (stdout.includes("… create  storage/b")) child.kill("SIGKILL");
		});
		writeFileSync(join(folder, "go"), "");
		await gone(join(folder, "out"));
		const next = await run("plan storage --detailed-exitcode", slow);
		expect(next).toMatchObject({ code: 0, stderr: expect.stringContaining("was taken over, serial 1") });
		expect(opened().resources.map(({ name }) => name)).toEqual(["a", "b"]);
		expect(filesBelow(memory)).toEqual([]);
	});

	test("with its Terraform: the lock is freed, and what was written before stays", async (context) => {
		const { run, folder, opened } = encryptedProject(context);
		const ended = await run("deploy storage --yes", untilThereIs(join(folder, "never")), (stdout) => {
			if (stdout.includes("… create  storage/b")) killBelow(join(folder, "out"));
		});
		expect(ended.code).toBe(1);
		expect(existsSync(join(folder, "state/storage/terraform.tfstate.lock"))).toBe(false);
		const again = await run("deploy storage --yes", untilThereIs(folder));
		expect(again).toMatchObject({ code: 0, stderr: "" });
		expect(opened().resources.map(({ name }) => name)).toEqual(["a", "b"]);
	});
});

/** A small disk of its own; the test must be able to mount one. */
function smallDisk(at: string, size: string, { onTestFinished, skip }: TestContext) {
	skip(process.getuid?.() !== 0, "mounting a small disk takes root");
	mkdirSync(at, { recursive: true });
	execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", at]);
	onTestFinished(() => void execFileSync("umount", ["-l", at]));
	return (options: string) => execFileSync("mount", ["-o", `remount,${options}`, at]);
}

const large = { FAKE_WORLD: JSON.stringify({ storage: { a: { input: "x".repeat(60_000) } } }) };

describe.concurrent("a disk takes no more", { timeout: 300_000 }, () => {
	test("when the state is written: it is kept encrypted elsewhere, and goes to its place later", async (context) => {
		const project = encryptedProject(context);
		const { run, stateFolder, folder, memory, opened, filesWith, file } = project;
		const remount = smallDisk(stateFolder, "64k", context);
		const { code, stderr } = await run("deploy storage --yes", large);
		expect(code).toBe(1);
		expect(stderr).toMatch(
			/^error: stack storage: what was done is done, and its newest state could not be written to its place \(ENOSPC: .*\); it is kept, encrypted, in \S+\n {2}help: mend that, and run the command again/m,
		);
		expect(existsSync(file)).toBe(false);
		const [, kept = ""] = /encrypted, in (\S+)\n/.exec(stderr) ?? [];
		expect(kept.startsWith(join(folder, "home-state"))).toBe(true);
		const state = opened(kept);
		expect([filesBelow(memory), filesWith(state.lineage)]).toEqual([[], []]);
		// There is room for a lock and a journal, and nobody works on an older state all the same.
		const still = await run("deploy storage --yes", large);
		expect([still.code, still.stdout]).toEqual([1, ""]);
		expect(still.stderr).toContain("its newest state could not be written to its place (ENOSPC");
		expect(opened(kept)).toEqual(state);
		remount("size=4m");
		const next = await run("plan storage --detailed-exitcode", large);
		expect(next).toMatchObject({ code: 0, stderr: expect.stringContaining("was taken over, serial 1") });
		expect([opened().lineage, existsSync(kept)]).toEqual([state.lineage, false]);
	});

	test("and the home neither: it is kept encrypted in memory, and that is said", async (context) => {
		const { run, stateFolder, folder, opened, filesWith } = encryptedProject(context);
		const remount = smallDisk(stateFolder, "64k", context);
		writeFileSync(join(folder, "home-state"), "no folder");
		const { code, stderr } = await run("deploy storage --yes", large);
		expect([code, stderr]).toEqual([
			1,
			expect.stringContaining("in memory: a restart of the machine loses it"),
		]);
		remount("size=4m");
		expect(await run("plan storage --detailed-exitcode", large)).toMatchObject({ code: 0 });
		expect(filesWith(opened().lineage)).toEqual([]);
	});

	test("before anything is done: nothing is done", async (context) => {
		const { run, stateFolder, journal, opened } = encryptedProject(context);
		const remount = smallDisk(stateFolder, "4m", context);
		expect((await run("deploy storage --yes")).code).toBe(0);
		const before = [opened(), journal()];
		remount("ro");
		const { code, stdout, stderr } = await run("deploy storage --yes", large);
		expect([code, stdout]).toEqual([1, ""]);
		expect(stderr).toContain("nothing can be written beside its state, and nothing was done: EROFS");
		expect([opened(), journal()]).toEqual(before);
	});
});

test("a state in the clear is encrypted by the first command, which says so", {
	timeout: 300_000,
}, async (context) => {
	const { run, folder, environment, opened, filesWith, stateFolder } = encryptedProject(context);
	const local = { ...environment, FAKE_STATE: JSON.stringify({ kind: "local", directory: "state" }) };
	expect((await run("deploy storage --yes", local)).code).toBe(0);
	const text = readFileSync(join(stateFolder, "terraform.tfstate"), "utf8");
	expect(await run("plan storage --detailed-exitcode")).toMatchObject({
		code: 0,
		stderr: expect.stringContaining("the state in the clear is encrypted now"),
	});
	expect(opened()).toEqual(JSON.parse(text));
	expect(filesWith(opened().lineage)).toEqual([]);
	expect(existsSync(join(folder, "state/storage/terraform.tfstate"))).toBe(false);
});

test("a state in the clear stays while none of this user's keys would open it", {
	timeout: 300_000,
}, async (context) => {
	const { run, environment, stateFolder, folder } = encryptedProject(context);
	const local = { ...environment, FAKE_STATE: JSON.stringify({ kind: "local", directory: "state" }) };
	expect((await run("deploy storage --yes", local)).code).toBe(0);
	const text = readFileSync(join(stateFolder, "terraform.tfstate"), "utf8");
	const { code, stderr } = await run("plan storage", { SOPS_AGE_KEY_FILE: join(folder, "none") });
	expect([code, stderr]).toEqual([1, expect.stringContaining("so the state in the clear stays")]);
	expect(readFileSync(join(stateFolder, "terraform.tfstate"), "utf8")).toBe(text);
	expect(readdirSync(stateFolder).filter((name) => /enc|lock/.test(name))).toEqual([]);
});

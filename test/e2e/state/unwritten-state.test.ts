import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { beforeEach, describe, expect, type TestContext, test } from "vitest";
import { whoAmI } from "../../../engine/state/journal.ts";
import { newAgeKey } from "../../../lab/age-key.ts";
import { copyBackend } from "../../../stacks/state-backend.ts";
import { filesBelow } from "../harness/files-with.ts";
import { encryptedProject, missing } from "./encrypted-project.ts";
import { failingSops } from "./failing-sops.ts";
import { operate } from "./operate.ts";

beforeEach(({ skip }) => skip(missing !== "", missing));

const object = { input: "1" };
/** An object whose creation runs a command. */
const running = (command: string) => ({
	FAKE_WORLD: JSON.stringify({
		storage: { a: object, b: { input: "2", provisioner: [{ "local-exec": { command } }] } },
	}),
});

function project(context: TestContext) {
	const made = encryptedProject(context);
	const failing = failingSops(made.folder);
	const lockFile = join(made.stateFolder, "terraform.tfstate.lock");
	return {
		...made,
		...failing,
		run: (args: string, more: NodeJS.ProcessEnv = {}) => made.run(args, { ...failing.env, ...more }),
		lock: () => (existsSync(lockFile) ? JSON.parse(readFileSync(lockFile, "utf8")) : undefined),
		inMemory: () => filesBelow(made.memory).filter((file) => basename(file) === "errored.tfstate"),
		names: () => made.opened().resources.map(({ name }) => name),
	};
}

describe.concurrent("at the end of an apply", { timeout: 300_000 }, () => {
	test.for(["fails", "is gone"] as const)(
		"SOPS %s: the lock stays, and the next command there takes the newest state to its place first",
		async (how, context) => {
			const { run, ends, mend, lock, names, inMemory, opened, filesWith, memory, journal, stateFolder } =
				project(context);
			expect(await run("deploy storage --yes")).toMatchObject({ code: 0, stderr: "" });
			const { lineage } = opened();
			const world = running(ends[how]);
			const unwritten =
				/error: stack storage: what was done is done, and its newest state could not be written \(.*sops.*\); it is kept in the clear in \S+\/errored\.tfstate, in memory: a restart of the machine loses it\n {2}help: its lock stays until it is written: mend that, and run infra plan storage here, which takes it from there first\n/;
			const failed = await run("deploy storage --yes", world);
			expect([failed.code, failed.stderr]).toEqual([1, expect.stringMatching(unwritten)]);
			expect(lock()).toMatchObject({ operation: "apply", holder: whoAmI(), unwritten: stateFolder });
			expect(inMemory()).toHaveLength(1);
			expect(filesWith(lineage)).toEqual(inMemory());

			const still = await run("plan storage", world);
			expect([still.code, still.stdout, still.stderr]).toEqual([1, "", expect.stringMatching(unwritten)]);
			const unlocked = await run(`state unlock storage --holder ${whoAmI()}`);
			expect([unlocked.code, unlocked.stderr]).toEqual([
				1,
				expect.stringMatching(
					/its newest state lies here, .*\n {2}help: infra plan storage takes it from there/,
				),
			]);
			expect(lock()).toMatchObject({ unwritten: stateFolder });

			mend();
			const next = await run("plan storage --detailed-exitcode", world);
			expect(next).toMatchObject({ code: 0, stderr: expect.stringContaining("was taken over, serial 2") });
			expect([names(), lock(), filesBelow(memory), filesWith(lineage)]).toEqual([
				["a", "b"],
				undefined,
				[],
				[],
			]);
			expect(journal().slice(-2)).toMatchObject([
				{ what: "recovery", outcome: "begun", who: whoAmI() },
				{ what: "recovery", outcome: "done", who: whoAmI(), serial: 2, at: expect.any(String) },
			]);
		},
	);

	test("SOPS fails once: the state is in its place when the command ends, and the journal has both", async (context) => {
		const { run, env, ends, flag, names, lock, memory, journal, opened } = project(context);
		expect((await run("deploy storage --yes")).code).toBe(0);
		// It mends itself once it has failed.
		const program = env.INFRA_TEST_SOPS;
		writeFileSync(program, readFileSync(program, "utf8").replace("exit 1", `rm ${flag}; exit 1`));
		const failed = await run("deploy storage --yes", running(ends.fails));
		expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining("was taken over, serial 2")]);
		expect([names(), lock(), filesBelow(memory), opened().serial]).toEqual([["a", "b"], undefined, [], 2]);
		expect(journal().map(({ what, outcome, serial }) => [what, outcome, serial])).toEqual([
			["apply", "begun", undefined],
			["apply", "done", 1],
			["apply", "begun", undefined],
			["apply", "failed", 1],
			["recovery", "begun", undefined],
			["recovery", "done", 2],
		]);
	});

	test("keys that nothing can be encrypted for are found before anything is done", async (context) => {
		const { run, environment, names, lock, journal } = project(context);
		expect((await run("deploy storage --yes")).code).toBe(0);
		const { recipients, ...state } = JSON.parse(environment.FAKE_STATE ?? "");
		const broken = [...recipients, newAgeKey().recipient.replace(/.$/, (last) => (last === "q" ? "p" : "q"))];
		const { code, stdout, stderr } = await run("deploy storage --yes", {
			...running("true"),
			FAKE_STATE: JSON.stringify({ ...state, recipients: broken }),
		});
		expect([code, stdout, stderr]).toEqual([
			1,
			"",
			expect.stringMatching(
				/^error: stack storage: its state cannot be encrypted, and nothing was done: sops: /,
			),
		]);
		expect([names(), lock(), journal().length]).toEqual([["a"], undefined, 2]);
	});
});

test("killed at every write after SOPS has failed, the lock is there while the newest state is in memory alone", {
	timeout: 600_000,
}, async (context) => {
	const lineage = "00000000-0000-4000-8000-000000000000";
	const stateText = (serial: number) =>
		JSON.stringify({
			version: 4,
			serial,
			lineage,
			outputs: { site: { value: "mine", type: "string" } },
			resources: [],
		});
	let recovered = 0;
	for (let at = 1; ; at++) {
		const { folder, stateFolder, recipient, environment, env, flag, opened, ...of } = project(context);
		const next = join(folder, "next.json");
		const place = {
			stack: "storage",
			stackFolder: folder,
			folder: stateFolder,
			section: { site: "mine", folder: "state/storage", encryption: { recipients: [recipient] } },
			backend: copyBackend,
			next,
		};
		const does = (operation: string, kill?: { at: number; mode: string }) =>
			operate(place, operation, kill, { ...process.env, ...environment, ...env });
		writeFileSync(next, stateText(1));
		await does("push");
		writeFileSync(next, stateText(2));
		const killed = (await does("apply", { at, mode: "before" })) === undefined;
		rmSync(next);
		const kept = of.inMemory().length === 1;
		if (kept) expect(of.lock(), `write ${at}`).toMatchObject({ operation: "apply" });
		rmSync(flag, { force: true });
		await does("recover");
		expect([at, opened().serial]).toEqual([at, kept ? 2 : 1]);
		// One that was killed before there was anything to take over is freed by name.
		if (kept) recovered += 1;
		else if (of.lock() !== undefined) await does("unlock");
		expect([at, of.lock(), of.filesWith(lineage)]).toEqual([at, undefined, []]);
		if (!killed) break;
	}
	expect(recovered).toBeGreaterThan(3);
});

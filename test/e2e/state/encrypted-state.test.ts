import { chmodSync, existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { newAgeKey } from "../../../lab/age-key.ts";
import { filesBelow } from "../harness/files-with.ts";
import { encryptedProject, missing, secretOf } from "./encrypted-project.ts";
import { failingSops } from "./failing-sops.ts";

beforeEach(({ skip }) => skip(missing !== "", missing));

describe.concurrent("a state that is kept encrypted", { timeout: 300_000 }, () => {
	test("is nowhere in the clear after an apply, and SOPS alone opens it", async (context) => {
		const { run, opened, filesWith, stateFolder, memory, journal } = encryptedProject(context);
		expect(await run("deploy storage --yes")).toMatchObject({ code: 0, stderr: "" });
		const state = opened();
		expect([state.serial, state.outputs.site.value]).toEqual([1, "mine"]);
		expect(secretOf(state)).toMatch(/^[0-9a-f-]{36}$/);
		expect(filesWith(secretOf(state))).toEqual([]);
		expect(filesWith(state.lineage)).toEqual([]);
		expect(readdirSync(stateFolder).sort()).toEqual(["journal.jsonl", "terraform.tfstate.enc"]);
		expect(filesBelow(memory)).toEqual([]);
		expect(journal()).toMatchObject([
			{ what: "apply", outcome: "begun", site: "mine", who: expect.stringContaining("@") },
			{ what: "apply", outcome: "done", serial: 1, plan: expect.stringMatching(/^[0-9a-f]{64}$/) },
		]);
	});

	test("is the same for the plain engine and for the command", async (context) => {
		const { run, cdktf, opened, filesWith, journal } = encryptedProject(context);
		expect((await cdktf("deploy storage --auto-approve")).code).toBe(0);
		const state = opened();
		expect(filesWith(secretOf(state))).toEqual([]);
		expect(await run("plan storage --detailed-exitcode")).toMatchObject({ code: 0, stderr: "" });
		const changed = { FAKE_WORLD: JSON.stringify({ storage: { a: { input: "2" } } }) };
		expect((await run("deploy storage --yes", changed)).code).toBe(0);
		expect((await cdktf("diff storage", changed)).stdout).toContain("No changes");
		expect(secretOf(opened())).toBe(secretOf(state));
		expect(filesWith(secretOf(state))).toEqual([]);
		expect(journal().map(({ what, outcome, serial }) => [what, outcome, serial])).toEqual([
			["apply", "begun", undefined],
			["apply", "done", 1],
			["apply", "begun", undefined],
			["apply", "done", 2],
		]);
	});

	test("keeps the versions before it, each encrypted", async (context) => {
		const { run, opened, stateFolder } = encryptedProject(context);
		const world = (input: string) => ({ FAKE_WORLD: JSON.stringify({ storage: { a: { input } } }) });
		for (const input of ["1", "2", "3"])
			expect((await run("deploy storage --yes", world(input))).code).toBe(0);
		const earlier = readdirSync(join(stateFolder, "earlier"));
		expect(earlier.map((name) => opened(join(stateFolder, "earlier", name)).serial).sort()).toEqual([1, 2]);
		expect(opened().serial).toBe(3);
	});

	test("is for the keys of today once it was rotated, and for no other", async (context) => {
		const { run, folder, file, environment, openedText } = encryptedProject(context);
		for (const input of ["1", "2"]) {
			const world = { FAKE_WORLD: JSON.stringify({ storage: { a: { input } } }) };
			expect((await run("deploy storage --yes", world)).code).toBe(0);
		}
		const before = openedText(file);
		const { recipient, identity } = newAgeKey();
		const state = JSON.parse(environment.FAKE_STATE ?? "");
		const changed = { FAKE_STATE: JSON.stringify({ ...state, recipients: [recipient] }) };
		expect(await run("secrets rotate", changed)).toMatchObject({
			code: 0,
			stdout: expect.stringContaining(file),
		});
		expect(() => openedText(file)).toThrow("Group 0: FAILED");
		expect((await run("plan storage", changed)).code).toBe(1);
		writeFileSync(join(folder, "keys.txt"), identity);
		expect(openedText(file)).toBe(before);
		expect((await run("state rollback storage 1 --confirm-loss", changed)).code).toBe(0);
		expect(await run("plan storage --detailed-exitcode", changed)).toMatchObject({ code: 0 });
	});

	test("is not touched by another site, whichever program runs", async (context) => {
		const { run, cdktf, openedText, file } = encryptedProject(context);
		expect((await run("deploy storage --yes")).code).toBe(0);
		const before = openedText(file);
		const other = { FAKE_SITE: "other" };
		for (const command of ["plan storage", "deploy storage --yes", "destroy storage --confirm storage"])
			expect(await run(command, other)).toEqual({
				code: 1,
				stdout: "",
				stderr:
					"error: stack storage: its state belongs to site mine, and this is site other\n" +
					"  help: give site other a state of its own: state.tier0 of its configuration\n",
			});
		const plain = await cdktf("deploy storage --auto-approve", other);
		expect(plain.code).not.toBe(0);
		expect(plain.stdout + plain.stderr).toContain("its state belongs to site mine, and this is site other");
		expect(openedText(file)).toBe(before);
	});

	test("is refused to whoever has no key, and the file is named", async (context) => {
		const { run, folder, file } = encryptedProject(context);
		expect((await run("deploy storage --yes")).code).toBe(0);
		writeFileSync(join(folder, "none.txt"), "");
		const { code, stderr } = await run("plan storage", { SOPS_AGE_KEY_FILE: join(folder, "none.txt") });
		expect(code).toBe(1);
		expect(stderr).toContain(`${file} cannot be opened: it takes a key of age (SOPS_AGE_KEY_FILE`);
	});

	test("needs SOPS before anything is applied", async (context) => {
		const { run, folder } = encryptedProject(context);
		const { env } = failingSops(folder);
		rmSync(join(folder, "bin/sops"));
		const { code, stderr } = await run("deploy storage --yes", env);
		expect(code).toBe(1);
		expect(stderr).toContain("sops is not on the PATH");
		expect(existsSync(join(folder, "state"))).toBe(false);
	});

	test("needs a folder in memory that nobody else can read", async (context) => {
		const { run, memory } = encryptedProject(context);
		expect((await run("deploy storage --yes")).code).toBe(0);
		const [own = ""] = readdirSync(memory);
		chmodSync(join(memory, own), 0o755);
		const { code, stderr } = await run("plan storage");
		expect([code, stderr]).toEqual([1, expect.stringContaining("others may read it")]);
	});
});

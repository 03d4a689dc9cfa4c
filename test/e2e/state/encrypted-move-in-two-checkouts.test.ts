import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, type TestContext, test } from "vitest";
import { whoAmI } from "../../../engine/state/journal.ts";
import { vaultProgram } from "../harness/programs.ts";
import { VaultServer } from "../harness/vault-server.ts";
import { encryptedProject, missing } from "./encrypted-project.ts";
import { operate } from "./operate.ts";

beforeEach(({ skip }) =>
	skip(missing !== "" || vaultProgram === undefined, missing || "bao or vault is not on this machine"),
);

const folder = mkdtempSync(join(tmpdir(), "infra-two-checkouts-"));
let vault: VaultServer;
beforeAll(async () => {
	if (vaultProgram === undefined) return;
	vault = await VaultServer.start(folder);
	await vault.must("POST", "sys/mounts/transit", { type: "transit" });
	for (const stack of ["web", "mail"]) await vault.must("POST", `transit/keys/sops-state-${stack}`, {});
});
afterAll(async () => {
	await vault?.stop();
	rmSync(folder, { recursive: true });
});

const who = whoAmI();
const site = "mine";
const [here, there] = [
	{ web: { a: { input: "1" }, b: { input: "2" } }, mail: { z: { input: "3" } } },
	{ web: { a: { input: "1" } }, mail: { z: { input: "3" }, b: { input: "2" } } },
];
/** Two checkouts with the stacks `web` and `mail`, encrypted, of which the first one has deployed `b` as a part of `web`. */
async function twoCheckouts(context: Pick<TestContext, "onTestFinished">) {
	const login = { address: vault.address, token: vault.rootToken };
	const project = encryptedProject(context, { world: there, vault: login });
	const root = { ann: project.folder, ben: join(project.folder, "elsewhere") };
	const runIn =
		(checkout: keyof typeof root) =>
		(args: string, world: object = there) =>
			project.run(args, {
				FAKE_WORLD: JSON.stringify(world),
				CDKTF_OUTDIR: join(root[checkout], "out"),
				XDG_STATE_HOME: join(root[checkout], "home-state"),
			});
	const [ann, ben] = [runIn("ann"), runIn("ben")];
	expect(await ann("deploy --yes", here)).toMatchObject({ code: 0, stderr: "" });
	const pull = (from: keyof typeof root, to: keyof typeof root) =>
		cpSync(join(root[from], "state"), join(root[to], "state"), { recursive: true });
	pull("ann", "ben");
	const place = (stack: string) => ({
		stack,
		section: {
			site,
			folder: join("state", stack),
			encryption: { recipients: [project.recipient] },
			vault: { address: vault.address, kvMount: "secret" },
		},
		stackFolder: project.folder,
		folder: join(project.folder, "state", stack),
		stateTier: 0,
		backend: { http: { retry_wait_max: 5 } },
		recipients: [project.recipient],
	});
	/** A move of the first one whose second write fails: a state is to be renamed into its place. */
	const half = () =>
		operate(
			{
				...place("web"),
				target: place("mail"),
				moves: [{ from: "terraform_data.b", to: "terraform_data.b" }],
			},
			"move",
			{ at: "rename 4", mode: "fails" },
			{ ...process.env, ...project.environment },
		);
	const objectsIn = (checkout: keyof typeof root) =>
		["web", "mail"].map((stack) =>
			project
				.opened(join(root[checkout], "state", stack, "terraform.tfstate.enc"))
				.resources.map(({ name }) => name)
				.sort()
				.join(),
		);
	const entries = async () =>
		Promise.all(
			["web", "mail"].map(async (stack) => {
				const { data } = (await vault.must("GET", `secret/data/locks/${site}/${stack}`)).data;
				return { lock: data.lock !== "", move: data.move !== "" && JSON.parse(data.move).moves.length };
			}),
		);
	return { root, ann, ben, pull, half, objectsIn, entries };
}

const halfDone = (stack: string) =>
	new RegExp(
		`^error: stack ${stack}: a move of 1 object from web to mail was interrupted \\(${who}, \\d{4}-\\S+Z\\): each is in one of the two states, or in both\\n` +
			` +help: infra state resume ${stack} goes on with it, infra state undo ${stack} takes it back\\n$`,
	);

const free = { lock: false, move: false };

describe("a move of two encrypted states that has ended by an error", { timeout: 600_000 }, () => {
	test("is known to every checkout: it is ended with its states, or given up without them", async (context) => {
		const { root, ann, ben, pull, half, objectsIn, entries } = await twoCheckouts(context);
		await expect(half()).rejects.toThrow("the objects are in both states");
		expect(await entries()).toEqual([
			{ lock: false, move: 1 },
			{ lock: false, move: 1 },
		]);
		// In the words of a move in PostgreSQL.
		for (const [args, stack] of [
			["plan web", "web"],
			["deploy mail --yes", "mail"],
			["state rollback mail 1 --confirm-loss", "mail"],
			[`state unlock web --holder ${who}`, "web"],
		] as const) {
			const { code, stderr } = await ben(args);
			expect([code, stderr], args).toEqual([1, expect.stringMatching(halfDone(stack))]);
		}
		expect((await ben("state show mail")).stdout).toContain("a move from web to mail is half done");
		const behind = await ben("state undo web");
		expect([behind.code, behind.stderr]).toEqual([
			1,
			expect.stringMatching(
				new RegExp(
					`^error: stack mail: this is not its newest state: ${who} has written serial 2 at \\S+, and the one here has serial 1\\n` +
						` +help: ${who} has begun the move in ${root.ann}/state/web: infra state undo there, or get its states from there \\(git pull\\); ` +
						`if they are lost for good: infra state unlock web --holder ${who} --give-up-move, then infra state rollback puts back what this checkout has\\n$`,
				),
			),
		]);
		pull("ann", "ben");
		expect(await ben("state undo mail")).toMatchObject({ code: 0, stderr: "" });
		expect(objectsIn("ben")).toEqual(["a,b", "z"]);
		expect(await entries()).toEqual([free, free]);
		expect((await ben("state history mail")).stdout).toMatch(
			/ move +done .* from web\n.* undo move +done .* to web\n/,
		);

		// The record that the first one has kept is left over, once it has the states of the other one.
		expect((await ann("plan web")).stderr).toMatch(halfDone("web"));
		pull("ben", "ann");
		expect((await ann("state resume web")).stdout).toContain("somebody else has ended it already");
		expect((await ann("state history web")).stdout).toMatch(/resume move +done .*somebody else has ended it/);
		expect((await ann("plan --detailed-exitcode", here)).code).toBe(0);

		// The same once more, and what the first one has is lost.
		await expect(half()).rejects.toThrow("the objects are in both states");
		rmSync(join(root.ann, "state"), { recursive: true });
		const given = await ben(`state unlock web --holder ${who} --give-up-move`);
		expect(given).toMatchObject({ code: 0, stderr: "" });
		expect(given.stdout).toContain("terraform_data.b is in the state of web (terraform_data.b)\n");
		expect(await entries()).toEqual([free, free]);
		expect((await ben("plan mail", here)).stderr).toContain("this is not its newest state");
		expect(await ben("state rollback mail 3 --confirm-loss")).toMatchObject({ code: 0, stderr: "" });
		expect(await ben("state move web terraform_data.b --into mail --yes")).toMatchObject({
			code: 0,
			stderr: "",
		});
		expect(objectsIn("ben")).toEqual(["a", "b,z"]);
		expect(await entries()).toEqual([free, free]);
	});
});

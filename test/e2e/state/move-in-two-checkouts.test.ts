import { cpSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, type TestContext, test } from "vitest";
import { whoAmI } from "../../../engine/state/journal.ts";
import { PostgresLock } from "../../../engine/state/postgres-lock.ts";
import { unseal } from "../../../engine/state/sealed-state.ts";
import { waitFor } from "../harness/wait-for.ts";
import { encryptedProject, missing } from "./encrypted-project.ts";
import { operate } from "./operate.ts";
import { noDatabase, startStateDatabase } from "./state-database.ts";

beforeEach(({ skip }) => skip(missing !== "" || noDatabase !== "", missing || noDatabase));

let database: Awaited<ReturnType<typeof startStateDatabase>>;
beforeAll(async () => {
	if (missing === "" && noDatabase === "") database = await startStateDatabase();
});
afterAll(() => database?.stop());

/** Two checkouts with the stacks `web` and `mail` in a database, whose first one has deployed `b` as a part of `web`. */
async function twoCheckouts(context: Pick<TestContext, "onTestFinished">, suffix: string) {
	const [web, mail] = [`web${suffix}`, `mail${suffix}`];
	const here = { [web]: { a: { input: "1" }, b: { input: "2" } }, [mail]: { z: { input: "3" } } };
	const there = { [web]: { a: { input: "1" } }, [mail]: { z: { input: "3" }, b: { input: "2" } } };
	const project = encryptedProject(context, { world: {} });
	const environment = {
		FAKE_DATABASE: JSON.stringify(database.backend),
		FAKE_TIER_1: `${web},${mail}`,
		PGPASSWORD: database.password,
	};
	const ann = (args: string, world: object = there) =>
		project.run(args, { ...environment, FAKE_WORLD: JSON.stringify(world) });
	expect(await ann("deploy --yes", here)).toMatchObject({ code: 0, stderr: "" });
	// It shares nothing with the first one but the database.
	const copy = join(project.folder, "elsewhere");
	cpSync(join(project.folder, "state"), join(copy, "state"), { recursive: true });
	const ben = (args: string) =>
		project.run(args, {
			...environment,
			FAKE_WORLD: JSON.stringify(there),
			CDKTF_OUTDIR: join(copy, "out"),
			XDG_STATE_HOME: join(copy, "home-state"),
		});
	const place = (stack: string) => ({
		stack,
		section: { site: "mine", folder: join("state", stack) },
		stackFolder: project.folder,
		folder: join(project.folder, "state", stack),
		stateTier: 1,
		backend: { pg: { conn_str: database.connection, schema_name: stack } },
		recipients: [project.recipient],
	});
	/** A move of the first one that is killed once the state that gets the object is written. */
	const half = async () => {
		const moves = [{ from: "terraform_data.b", to: "terraform_data.b" }];
		const input = { ...place(web), target: place(mail), moves };
		const env = { ...process.env, ...project.environment, ...environment };
		// That state is the third change of the database, after a record beside each of the two.
		expect(await operate(input, "move", { at: "change 4", mode: "before" }, env)).toBeUndefined();
		// What it has started ends on its own, and its locks with it.
		const sessions = `select count(*) from pg_stat_activity where application_name like 'infra move ${web} %' or application_name like 'infra move ${mail} %'`;
		await waitFor("its sessions have ended", async () => (await database.ask(sessions)) === "0", {
			within: 60_000,
		});
	};
	const objects = async () => {
		const rows = await Promise.all(
			[web, mail].map((stack) => database.ask(`select to_json(data) from ${stack}.states`)),
		);
		return rows.map((row) => {
			const { text = "{}", pending } = unseal(JSON.parse(row));
			const { resources } = JSON.parse(text) as { readonly resources: readonly { readonly name: string }[] };
			return `${pending === undefined ? "" : "half done: "}${resources.map(({ name }) => name).sort()}`;
		});
	};
	return { web, mail, ann, ben, half, objects };
}

describe.concurrent("a move of two stacks in PostgreSQL that is half done", { timeout: 600_000 }, () => {
	test("is known to every checkout, which is told who, since when, and what ends it", async (context) => {
		const { web, mail, ann, ben, half, objects } = await twoCheckouts(context, "1");
		await half();
		expect(await objects()).toEqual(["half done: a,b", "half done: b,z"]);
		const refused = (stack: string) =>
			new RegExp(
				`stack ${stack}: a move of 1 object from ${web} to ${mail} was interrupted \\(${whoAmI()}, \\d{4}-\\S+Z\\): .*\\n` +
					` +help: infra state resume ${stack} goes on with it, infra state undo ${stack} takes it back`,
			);
		for (const [args, stack] of [
			[`plan ${web}`, web],
			[`deploy ${mail} --yes`, mail],
			[`state move ${mail} terraform_data.z --into ${web} --yes`, web],
			[`state rollback ${mail} 1 --confirm-loss`, mail],
		] as const) {
			const { code, stderr } = await ben(args);
			expect([code, stderr]).toEqual([1, expect.stringMatching(refused(stack))]);
		}
		expect((await ben(`state show ${mail}`)).stdout).toContain(`a move from ${web} to ${mail} is half done`);
		expect(await ben(`state undo ${mail}`)).toMatchObject({ code: 0, stderr: "" });
		expect(await objects()).toEqual(["a,b", "z"]);
		await half();
		expect(await ben(`state resume ${web}`)).toMatchObject({ code: 0, stderr: "" });
		expect(await objects()).toEqual(["a", "b,z"]);
		expect((await ann("plan --detailed-exitcode")).code).toBe(0);
	});

	test("is given up by the name of who has begun it, as a session that is left is ended", async (context) => {
		const { web, mail, ben, half, objects } = await twoCheckouts(context, "2");
		const env = { ...process.env, PGPASSWORD: database.password };
		await PostgresLock.take({ stack: web, connection: database.connection, env }, "move");
		const locked = await ben(`state undo ${web}`);
		expect(locked).toMatchObject({ code: 0, stdout: `nothing to do: no move of ${web} is half done\n` });
		const pushed = await ben(`state rollback ${web} 1 --confirm-loss`);
		expect([pushed.code, pushed.stderr]).toEqual([
			1,
			expect.stringMatching(
				new RegExp(
					`stack ${web}: its state is locked by ${whoAmI()} \\(session \\d+ of PostgreSQL, from 127.0.0.1\\) since \\S+Z, for move\\n` +
						` +help: wait until it has ended; if its machine is gone: infra state unlock ${web} --holder ${whoAmI()}`,
				),
			),
		]);
		expect((await ben(`state unlock ${web} --holder ann@desk`)).stderr).toContain("not by ann@desk");
		expect(await ben(`state unlock ${web} --holder ${whoAmI()}`)).toMatchObject({ code: 0, stderr: "" });

		await half();
		expect((await ben(`state unlock ${web} --holder ${whoAmI()}`)).stderr).toContain("was interrupted");
		const wrong = await ben(`state unlock ${web} --holder ann@desk --give-up-move`);
		expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining("not by ann@desk")]);
		const given = await ben(`state unlock ${mail} --holder ${whoAmI()} --give-up-move`);
		expect(given).toMatchObject({ code: 0, stderr: "" });
		expect(given.stdout).toContain(
			`terraform_data.b is in the state of ${web} (terraform_data.b) and of ${mail} (terraform_data.b)`,
		);
		expect(await objects()).toEqual(["a,b", "b,z"]);
		expect((await ben(`state history ${web}`)).stdout).toMatch(
			new RegExp(
				`unlock +done .*from ${whoAmI()}[^]*unlock +done .*gave up a move of 1 object from ${web} to ${mail}, by ${whoAmI()}`,
			),
		);
	});
});

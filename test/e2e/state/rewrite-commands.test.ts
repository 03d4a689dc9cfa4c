import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, type TestContext, test } from "vitest";
import { objectsOf } from "../../../engine/state/rewrite/move-objects.ts";
import { parseState } from "../../../engine/state/rewrite/state-document.ts";
import { encryptedProject, missing } from "./encrypted-project.ts";
import { noDatabase, startStateDatabase } from "./state-database.ts";

beforeEach(({ skip }) => skip(missing !== "" || noDatabase !== "", missing || noDatabase));

let database: Awaited<ReturnType<typeof startStateDatabase>>;
beforeAll(async () => {
	if (noDatabase === "") database = await startStateDatabase();
}, 300_000);
afterAll(() => database?.stop());

type World = Readonly<Record<string, Readonly<Record<string, object>>>>;
let made = 0;

/**
 * A project with stacks of its own, `one*` of tier 0 and `two*` of tier 1, since all projects share the database.
 */
function projectOf(context: Pick<TestContext, "onTestFinished">) {
	const number = ++made;
	const [one, two, other] = [`one${number}`, `two${number}`, `other${number}`];
	const project = encryptedProject(context, { world: {} });
	const run = (args: string, world: World) =>
		project.run(args, {
			FAKE_WORLD: JSON.stringify({ [one]: {}, [two]: {}, [other]: {}, ...world }),
			FAKE_TIER_1: `${two},${other}`,
			FAKE_DATABASE: JSON.stringify(database.backend),
			PGPASSWORD: database.password,
		});
	const stateOf = async (stack: string) => {
		const { stdout, stderr } = await run(`state pull ${stack}`, {});
		if (stderr !== "") throw new Error(stderr);
		return parseState(stdout);
	};
	return {
		...project,
		one,
		two,
		other,
		run,
		stateOf,
		objects: async (stack: string) => objectsOf(await stateOf(stack)).sort(),
		folderOf: (stack: string) => join(project.folder, "state", stack),
		planned: async (world: World) => (await run("plan --detailed-exitcode", world)).code,
	};
}

const [a, b] = [{ input: "1" }, { input: "2", depends_on: ["terraform_data.a"] }];

describe.concurrent("infra state", { timeout: 900_000 }, () => {
	test("move follows a rename within a stack, in both tiers, once", async (context) => {
		const { one, two, run, objects, planned, stateOf } = projectOf(context);
		const before = { [one]: { a, b }, [two]: { a } };
		expect(await run("deploy --yes", before)).toMatchObject({ code: 0, stderr: "" });
		const after = { [one]: { c: a, b: { ...b, depends_on: ["terraform_data.c"] } }, [two]: { c: a } };
		for (const stack of [one, two]) {
			const { serial, lineage } = await stateOf(stack);
			const move = `state move ${stack} terraform_data.a terraform_data.c --yes`;
			expect(await run(move, after)).toMatchObject({ code: 0, stderr: "" });
			const moved = await stateOf(stack);
			expect(moved.lineage).toBe(lineage);
			expect(moved.serial).toBeGreaterThan(serial);
			expect(await run(move, after)).toMatchObject({ code: 0, stdout: "nothing to do: it is so already\n" });
			expect(await stateOf(stack)).toEqual(moved);
		}
		expect(await objects(two)).toEqual(["terraform_data.c"]);
		expect(await planned(after)).toBe(0);
	});

	test("move takes an object to a stack of another tier, and back", async (context) => {
		const { one, two, run, objects, planned, folderOf, filesWith, stateOf } = projectOf(context);
		const here = { [one]: { a, b: { input: "2" } }, [two]: { z: a } };
		const there = { [one]: { a }, [two]: { z: a, b: { input: "2" } } };
		expect(await run("deploy --yes", here)).toMatchObject({ code: 0, stderr: "" });
		const secret = (await stateOf(one)).resources.find(({ name }) => name === "b")?.instances[0]?.attributes
			?.id;
		expect((await run(`state move ${one} terraform_data.b --into ${two} --yes`, there)).stderr).toBe("");
		expect(await objects(one)).toEqual(["terraform_data.a"]);
		expect(await objects(two)).toEqual(["terraform_data.b", "terraform_data.z"]);
		expect(await planned(there)).toBe(0);
		expect((await run(`state move ${two} terraform_data.b --into ${one} --yes`, here)).stderr).toBe("");
		expect(await planned(here)).toBe(0);
		for (const stack of [one, two]) {
			expect(existsSync(join(folderOf(stack), "pending-move.json"))).toBe(false);
			expect(
				readdirSync(join(folderOf(stack), "earlier")).filter((name) => name.endsWith(".enc")).length,
			).toBe(2);
		}
		expect(filesWith(String(secret))).toEqual([]);
	});

	test("split and merge fill a stack that has no state yet, and empty one", async (context) => {
		const { one, two, other, run, objects, planned } = projectOf(context);
		expect((await run(`deploy ${one} --yes`, { [one]: { a, b, c: a } })).code).toBe(0);
		const split = { [one]: { c: a }, [two]: { a, b } };
		const command = `state split ${one} terraform_data.a terraform_data.b --into ${two} --yes`;
		expect(await run(command, split)).toMatchObject({ code: 0, stderr: "" });
		expect([await objects(one), await objects(two)]).toEqual([
			["terraform_data.c"],
			["terraform_data.a", "terraform_data.b"],
		]);
		expect(await run(command, split)).toMatchObject({ code: 0, stdout: "nothing to do: it is so already\n" });
		const merged = { [other]: { a, b } };
		expect(
			await run(`state merge ${two} --into ${other} --yes`, { [one]: { c: a }, ...merged }),
		).toMatchObject({
			code: 0,
			stderr: "",
		});
		expect([await objects(two), await objects(other)]).toEqual([
			[],
			["terraform_data.a", "terraform_data.b"],
		]);
		expect((await run(`deploy ${other} --yes`, { [one]: { c: a }, ...merged })).stdout).toContain(
			"no changes",
		);
		expect(await planned({ [one]: { c: a }, ...merged })).toBe(0);
	});

	test("writes nothing when the plan of a copy is not empty, or nobody agrees", async (context) => {
		const { one, two, run, stateOf, folderOf } = projectOf(context);
		const world = { [one]: { a, b: { input: "2" } }, [two]: { z: a } };
		expect(await run("deploy --yes", world)).toMatchObject({ code: 0, stderr: "" });
		const before = [await stateOf(one), await stateOf(two)];
		const stays = await run(`state move ${one} terraform_data.b --into ${two} --yes`, world);
		expect(stays.code).toBe(1);
		expect(stays.stdout).toContain("1 to create");
		expect(stays.stderr).toContain(`the plan of ${one} and of ${two} is not empty; no state was written`);
		const changed = { [one]: { a }, [two]: { z: a, b: { input: "3" } } };
		const updates = await run(`state move ${one} terraform_data.b --into ${two} --yes`, changed);
		expect(updates.stderr).toContain(`the plan of ${two} is not empty`);
		const there = { [one]: { a }, [two]: { z: a, b: { input: "2" } } };
		const unasked = await run(`state move ${one} terraform_data.b --into ${two}`, there);
		expect(unasked.stderr).toContain("there is no terminal to answer on");
		const unknown = await run(`state move ${one} terraform_data.x --into ${two} --yes`, there);
		expect(unknown.stderr).toContain("terraform_data.x is not in the state");
		const itself = await run(`state merge ${one} --into ${one} --yes`, there);
		expect(itself.stderr).toContain("are one stack");
		const taken = await run(`state move ${one} terraform_data.b terraform_data.z --into ${two} --yes`, there);
		expect(taken.stderr).toContain("terraform_data.z is taken");
		expect([await stateOf(one), await stateOf(two)]).toEqual(before);
		expect(existsSync(join(folderOf(one), "pending-move.json"))).toBe(false);
		const allowed = `state move ${one} terraform_data.b --into ${two} --yes --allow-updates`;
		expect(await run(allowed, changed)).toMatchObject({ code: 0, stderr: "" });
	});

	test("pull, push and rollback work on a state in PostgreSQL", async (context) => {
		const { one, two, run, stateOf, folder, planned } = projectOf(context);
		const world = { [one]: { a }, [two]: { a } };
		expect(await run("deploy --yes", world)).toMatchObject({ code: 0, stderr: "" });
		const first = await run(`state pull ${two}`, world);
		const state = parseState(first.stdout);
		const file = join(folder, "next.json");
		const push = async (change: object, flag = " --confirm-loss") => {
			writeFileSync(file, JSON.stringify({ ...JSON.parse(first.stdout), ...change }));
			return run(`state push ${two} ${file}${flag}`, world);
		};
		const pushed = await push({ resources: [] });
		expect(pushed).toMatchObject({ code: 0, stderr: "" });
		expect(pushed.stdout).toContain("terraform_data.a: is forgotten, and goes on existing");
		const empty = await stateOf(two);
		expect(empty).toMatchObject({ lineage: state.lineage, resources: [] });
		expect(empty.serial).toBeGreaterThan(state.serial);
		expect((await push({ lineage: "another" })).stderr).toContain("has another lineage than the stored one");
		const site = { site: { value: "other", type: "string" } };
		expect((await push({ outputs: site })).stderr).toContain("its state belongs to site other");
		expect((await push({}, "")).stderr).toContain("there is no terminal to answer on");
		expect((await push({ version: 3 })).stderr).toContain("this is no state of Terraform");
		expect((await run(`state rollback ${two} 99 --confirm-loss`, world)).stderr).toContain(
			`there are ${state.serial}`,
		);
		const back = await run(`state rollback ${two} ${state.serial} --confirm-loss`, world);
		expect(back).toMatchObject({ code: 0, stderr: "" });
		const { serial, resources } = await stateOf(two);
		expect(resources).toEqual(state.resources);
		expect(serial).toBeGreaterThan(empty.serial);
		expect(await planned(world)).toBe(0);
		const shown = await run(`state show ${two}`, world);
		expect(shown.stdout).toContain(`serial ${serial}`);
		expect(shown.stdout).toContain(
			`nobody has locked it\nearlier versions: ${empty.serial}, ${state.serial}\n  terraform_data.a`,
		);
	});
});

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findTerraform } from "../../../engine/binary.ts";
import { DatabaseLock } from "../../../engine/state/database-lock.ts";
import { newHolder } from "../../../engine/state/lock-holder.ts";
import { PostgresLock } from "../../../engine/state/postgres-lock.ts";
import { objectsOf } from "../../../engine/state/rewrite/move-objects.ts";
import { parseState } from "../../../engine/state/rewrite/state-document.ts";
import type { ControlPlane } from "../harness/control-plane.ts";
import { noDatabase, startStateDatabase } from "../state/state-database.ts";
import { type OldTerraform, stacksOf, uidsOf } from "./adoption-lab.ts";

interface World {
	readonly folder: string;
	readonly plane: ControlPlane;
	/** Has the five objects of the stack in a state file, from which they go into the database. */
	readonly old: OldTerraform;
	readonly shop: object;
}

const bySession =
	/pg:old: it is locked by \S+@\S+ \(session \d+ of PostgreSQL, .*for apply; nothing was written/;
const byRow =
	/pg:old: it is locked by \S+@\S+ \(process \d+\) since .*for apply; nothing was written\n {2}help: .*infra state unlock old --holder/;

/** Objects of a state in PostgreSQL are adopted, and given back. @param given once the tests run */
export function adoptFromDatabase(given: () => World): void {
	let database: Awaited<ReturnType<typeof startStateDatabase>>;
	let stacks: ReturnType<typeof stacksOf>;
	let backend: object;
	let env: NodeJS.ProcessEnv;
	let command: string;
	let before: string[];
	let uids: Readonly<Record<string, string>>;
	const root = () => given().folder;
	const terraform = (...all: readonly (readonly string[])[]) => {
		for (const args of all) execFileSync(command, args, { cwd: root(), env, stdio: "pipe" });
	};
	const text = async () => JSON.parse(await database.ask("select to_json(data) from old.states")) as string;
	/** Objects in the older state, and in that of the stack. */
	const objects = async () => [objectsOf(parseState(await text())), stacks.addresses("shop").length];
	const must = async (args: string) => {
		const { code, stderr, stdout } = await stacks.adopt(args);
		expect(code === 0 ? "" : stderr).toBe("");
		return stdout;
	};
	const refused = async (args: string, why: RegExp) => {
		const were = await objects();
		const { code, stderr } = await stacks.adopt(args);
		expect([code, stderr]).toEqual([1, expect.stringMatching(why)]);
		expect(await objects()).toEqual(were);
	};
	/** An apply whose session the database has ended keeps its row. */
	const whileAnApplyHasIt = async (task: () => Promise<void>) => {
		const lock = new DatabaseLock({ ...there(), env });
		const holder = newHolder({ site: "mine", stack: "old" }, "apply");
		await lock.take(holder);
		await task();
		await lock.release(holder.id);
	};
	const there = () => ({ stack: "old", connection: database.connection, env });

	beforeAll(async () => {
		if (noDatabase !== "" || given().plane === undefined) return;
		database = await startStateDatabase();
		const { connection, password } = database;
		// As Terraform itself puts it there.
		backend = { pg: { conn_str: connection, schema_name: "old" } };
		mkdirSync(root());
		writeFileSync(join(root(), "main.tf.json"), JSON.stringify({ terraform: { backend } }));
		env = { ...process.env, PGPASSWORD: password };
		({ command } = await findTerraform());
		const { old, plane, shop } = given();
		terraform(["init"], ["state", "push", old.state]);
		const PG_CONN_STR = connection.replace("@", `:${password}@`);
		stacks = stacksOf(root(), plane, { shop }, { PG_CONN_STR });
		before = objectsOf(parseState(await text()));
		uids = await uidsOf(plane, "shop");
	}, 300_000);
	afterAll(() => database?.stop());

	test("is read, matched, and adopted only while nobody works on it", async ({ skip }) => {
		skip(noDatabase !== "", noDatabase);
		expect(before).toHaveLength(5);
		const scanned = await stacks.run("adopt scan --state pg:old");
		expect(scanned.code === 0 ? "" : scanned.stderr).toBe("");
		await must("map --state pg:old");
		expect(stacks.map("shop")).toContain("pg:old");
		expect(await must("plan")).toContain("shop  5 to move");

		const session = await PostgresLock.take(there(), "apply");
		await refused("apply --yes", bySession);
		await session.release();
		await whileAnApplyHasIt(() => refused("apply --yes", byRow));
		await must("apply --yes");
		expect(await objects()).toEqual([[], 5]);
		expect(await must("apply --yes")).toBe("shop  nothing to adopt\n");
	});

	test("gets its objects back, unless somebody works on it, or has written it since", async ({ skip }) => {
		skip(noDatabase !== "", noDatabase);
		const write = (state: string) => database.ask(`update old.states set data = $s$${state}$s$`);
		const emptied = await text();
		const provider = 'provider["terraform.io/builtin/terraform"]';
		const instances = [{ attributes: { id: "1" } }];
		const theirs = { mode: "managed", type: "terraform_data", name: "theirs", provider, instances };
		await write(JSON.stringify({ ...JSON.parse(emptied), resources: [theirs] }));
		await refused("undo shop", /pg:old was written since it was adopted, nothing was undone/);
		await write(emptied);
		await whileAnApplyHasIt(() => refused("undo shop", byRow));

		// The older state is written first: stopped after that, the objects are in both.
		const blocked = `${stacks.stateFile("shop")}.backup`;
		rmSync(blocked, { force: true });
		mkdirSync(blocked);
		const stopped = await stacks.adopt("undo shop");
		expect([stopped.code, stopped.stderr]).toEqual([1, expect.stringContaining("terraform state push")]);
		expect(await objects()).toEqual([before, 5]);
		rmSync(blocked, { recursive: true });
		await must("undo shop");
		expect(await objects()).toEqual([before, 0]);
		const { old, plane } = given();
		expect(await uidsOf(plane, "shop")).toEqual(uids);
		const config = JSON.parse(readFileSync(join(old.folder, "main.tf.json"), "utf8"));
		config.terraform.backend = backend;
		writeFileSync(join(root(), "main.tf.json"), JSON.stringify(config));
		// Its exit code says whether there is a change.
		terraform(["init"], ["plan", "-detailed-exitcode"]);
	});
}

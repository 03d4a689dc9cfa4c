import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, beforeEach, expect, inject, test } from "vitest";
import type { World } from "../../../world/world.ts";
import { slow } from "../harness/needs.ts";
import { needsPrograms } from "../harness/programs.ts";
import { type BaseName, baseInputs } from "./bases.ts";
import { changedSite } from "./change.ts";
import { changes } from "./changes/index.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import { type Base, PlannedWorlds } from "./planned-worlds.ts";
import { PlanFolder } from "./real-plans.ts";
import { recordedTables, recordTables, tablesOf } from "./recorded-tables.ts";
import { worldOf } from "./worlds.ts";

const ready = needsPrograms("terraform");
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-settings-`));
const outdir = join(folder, "out");
const outcomes: Record<string, Outcome> = {};
let unsettled: readonly string[] = [];
let missing: string | undefined;

/** Resources that a change leaves as they are stay the same object: there are hundreds of worlds. */
function sharing({ stacks, ...world }: World, base: World): World {
	return {
		...world,
		stacks: stacks.map((stack, index) =>
			isDeepStrictEqual(stack.json, base.stacks[index]?.json) ? (base.stacks[index] ?? stack) : stack,
		),
	};
}

function baseOf(name: BaseName): Base {
	const world = worldOf(baseInputs[name], outdir);
	if (typeof world === "string") throw new Error(`${name}: ${world}`);
	const changed = new Map<string, World>();
	for (const [path, change] of Object.entries(changes)) {
		if ((change.on ?? "full") !== name) continue;
		const after = worldOf(changedSite(path, change), outdir);
		if (typeof after === "string") outcomes[path] = { effect: "refused", refusal: after };
		else changed.set(path, sharing(after, world));
	}
	return { world, changed };
}

beforeAll(async () => {
	if (!ready || !inject("slow")) return;
	const planFolder = new PlanFolder(join(folder, "plan"));
	missing = await planFolder.providersMissing();
	if (missing !== undefined) return;
	const bases = new Map((["full", "lab"] as const).map((name) => [name as string, baseOf(name)]));
	const planned = new PlannedWorlds(planFolder, bases);
	unsettled = await planned.plan();
	for (const [name, { world, changed }] of bases)
		for (const [path, after] of changed) outcomes[path] = outcomeOf(world, after, planned.of(name, path));
}, 900_000);

afterAll(() => rmSync(folder, { recursive: true }));

beforeEach(({ skip }) => {
	slow(skip);
	if (missing !== undefined) skip(missing);
});

test("the state of a site that was applied is at rest", () => {
	expect(unsettled).toEqual([]);
});

test("a change of each setting does what its row says", () => {
	const expected = Object.entries(changes).map(([path, { effect }]) => [path, effect]);
	const seen = expected.map(([path = ""]) => [path, outcomes[path]?.effect]);
	expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(expected));
});

test("the reference tells of each setting what the providers plan", () => {
	const rows = Object.keys(changes).flatMap((path) =>
		Object.entries(outcomes).filter(([one]) => one === path),
	);
	const tables = tablesOf(Object.fromEntries(rows));
	// npm run settings
	if (process.env.INFRA_RECORD_SETTINGS) recordTables(tables);
	expect(recordedTables().split("\n")).toEqual(tables.split("\n"));
});

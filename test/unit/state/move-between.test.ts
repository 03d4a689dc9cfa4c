import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { readJournal } from "../../../engine/state/journal.ts";
import type { LockedState } from "../../../engine/state/locked-state.ts";
import { endPendingMove, moveBetween } from "../../../engine/state/move-between.ts";
import { moveInFolder, recordInFolder, requireNoMoveInFolder } from "../../../engine/state/pending-move.ts";
import { objectsOf } from "../../../engine/state/rewrite/move-objects.ts";
import { parseState, renderState, type StateDocument } from "../../../engine/state/rewrite/state-document.ts";
import { headOfState } from "../../../engine/state/state-head.ts";

const stateWith = (lineage: string, ...names: string[]): StateDocument => ({
	version: 4,
	serial: 3,
	lineage,
	resources: names.map((name) => ({
		mode: "managed",
		type: "a",
		name,
		provider: "p",
		instances: [{ attributes: { id: `${lineage}-${name}` } }],
	})),
});

/** A state that is kept in memory, and may fail to be written. */
function stateOf(stack: string, document: StateDocument | undefined) {
	const folder = mkdtempSync(join(tmpdir(), "infra-move-"));
	onTestFinished(() => rmSync(folder, { recursive: true }));
	const kept = { text: document && renderState(document), fails: undefined as Error | undefined };
	const state: LockedState = {
		place: {
			section: { site: "mine", folder },
			stack,
			stackFolder: folder,
			folder,
			stateTier: 0,
			backend: { http: { retry_wait_max: 5 } },
			recipients: undefined,
		},
		newest: document?.serial ?? 0,
		read: async () => kept.text,
		write: async (text) => {
			if (kept.fails) throw kept.fails;
			kept.text = text;
			return headOfState(text);
		},
		records: [recordInFolder(folder)],
		earlier: () => [],
		open: async () => "",
	};
	return {
		state,
		kept,
		folder,
		document: () => parseState(kept.text ?? ""),
		objects: () => (kept.text === undefined ? [] : objectsOf(parseState(kept.text))),
	};
}

function pair(target: StateDocument | undefined = stateWith("other", "z")) {
	const [one, two] = [stateOf("one", stateWith("mine", "x", "y")), stateOf("two", target)];
	const states = { source: one.state, target: two.state };
	const moves = [{ from: "a.x", to: "a.new" }];
	const before = { source: stateWith("mine", "x", "y"), target: target ?? stateWith("new") };
	return { one, two, states, move: () => moveBetween(states, before, { what: "move", moves }) };
}

/** A move that has ended between its writes. */
async function interrupted(target?: StateDocument) {
	const all = pair(target);
	all.one.kept.fails = new Error("the disk is full");
	await expect(all.move()).rejects.toMatchObject({
		message: expect.stringContaining("the objects are in both states"),
		hint: "infra state resume one goes on with it, infra state undo one takes it back",
	});
	all.one.kept.fails = undefined;
	const pending = moveInFolder(all.one.folder);
	if (pending === undefined) throw new Error("nothing is recorded");
	const end = (forwards: boolean) => endPendingMove(all.states, pending, { forwards });
	return { ...all, end, serials: () => [all.one, all.two].map(({ document }) => document().serial) };
}

const pendingIn = ({ folder }: { readonly folder: string }) => existsSync(join(folder, "pending-move.json"));

describe("a move between two states", () => {
	test("writes both, and leaves no record", async () => {
		const { one, two, move } = pair();
		await move();
		expect([one.objects(), two.objects()]).toEqual([["a.y"], ["a.z", "a.new"]]);
		expect([one.document().serial, two.document().serial]).toEqual([4, 4]);
		expect([one.document().lineage, two.document().lineage]).toEqual(["mine", "other"]);
		expect([pendingIn(one), pendingIn(two)]).toEqual([false, false]);
		expect(readJournal(two.folder)).toMatchObject([
			{ what: "move", note: "from one", outcome: "begun" },
			{ what: "move", outcome: "done", serial: 4 },
		]);
	});

	test("is forgotten when the first write fails", async () => {
		const { one, two, move } = pair();
		two.kept.fails = new Error("the database is away");
		await expect(move()).rejects.toThrow("the database is away");
		expect([one.objects(), two.objects()]).toEqual([["a.x", "a.y"], ["a.z"]]);
		expect([pendingIn(one), pendingIn(two)]).toEqual([false, false]);
		expect(readJournal(two.folder).at(-1)).toMatchObject({ outcome: "failed" });
	});

	test("that is half done stops every other command on both", async () => {
		const { one, two } = await interrupted();
		for (const { folder } of [one, two])
			expect(() => requireNoMoveInFolder(folder, "one")).toThrow(
				expect.objectContaining({
					message: expect.stringMatching(
						/^stack one: a move of 1 object from one to two was interrupted \(.*\): each is in/,
					),
					hint: "infra state resume one goes on with it, infra state undo one takes it back",
				}),
			);
	});
});

describe("a move that was interrupted", () => {
	test.for([
		[true, ["a.y"], ["a.z", "a.new"], "no longer in that of one"],
		[false, ["a.x", "a.y"], ["a.z"], "in the state of one alone again"],
	] as const)("is ended forwards: %s", async ([forwards, inOne, inTwo, words]) => {
		const { one, two, end, serials } = await interrupted();
		const before = serials();
		expect(await end(forwards)).toContain(words);
		expect([one.objects(), two.objects()]).toEqual([inOne, inTwo]);
		expect(serials().every((serial, index) => serial >= (before[index] ?? 0))).toBe(true);
		expect([pendingIn(one), pendingIn(two)]).toEqual([false, false]);
	});

	test("before its first write is done, or forgotten", async () => {
		for (const forwards of [true, false]) {
			const { one, two, end } = await interrupted();
			two.kept.text = renderState(stateWith("other", "z"));
			await end(forwards);
			expect([one.objects(), two.objects()]).toEqual(
				forwards ? [["a.y"], ["a.z", "a.new"]] : [["a.x", "a.y"], ["a.z"]],
			);
		}
	});

	test("to a stack without a state is ended as well", async () => {
		const { one, two, end } = await interrupted(stateWith("begun"));
		await end(false);
		expect([one.objects(), two.objects()]).toEqual([["a.x", "a.y"], []]);
	});

	test("after its last write has nothing to take back", async () => {
		const { one, two, end } = await interrupted();
		one.kept.text = renderState(stateWith("mine", "y"));
		await expect(end(false)).rejects.toThrow("there is nothing half done to take back");
		expect(pendingIn(one)).toBe(true);
		expect(await end(true)).toBe("both states had been written");
		expect([one.objects(), two.objects()]).toEqual([["a.y"], ["a.z", "a.new"]]);
	});

	test("goes on although something else in the states has changed since", async () => {
		const { one, two, end } = await interrupted();
		one.kept.text = renderState({ ...stateWith("mine", "x", "y", "later"), serial: 9 });
		await end(true);
		expect([one.objects(), two.objects()]).toEqual([
			["a.y", "a.later"],
			["a.z", "a.new"],
		]);
	});

	test.for([
		["another lineage", renderState(stateWith("foreign", "z", "new"))],
		[
			"other values",
			renderState({
				...stateWith("other", "z", "new"),
				resources: stateWith("changed", "z", "new").resources,
			}),
		],
	] as const)("is not ended on a state of %s", async ([, text]) => {
		const { one, two, end } = await interrupted();
		two.kept.text = text;
		for (const forwards of [true, false])
			await expect(end(forwards)).rejects.toThrow("stack two: its state was written since");
		expect(one.objects()).toEqual(["a.x", "a.y"]);
		expect(two.kept.text).toBe(text);
		expect([pendingIn(one), pendingIn(two)]).toEqual([true, true]);
	});

	test("whose objects are in neither state is not ended", async () => {
		const { one, two, end } = await interrupted();
		one.kept.text = renderState(stateWith("mine", "y"));
		two.kept.text = renderState(stateWith("other", "z"));
		await expect(end(true)).rejects.toThrow("a.x: in the state of neither one nor two");
	});
});

import { cpSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import { unlockState } from "../../../cli/state/unlock.ts";
import { NotNewest } from "../../../engine/state/held-state.ts";
import { readJournal, whoAmI } from "../../../engine/state/journal.ts";
import { StateLocked } from "../../../engine/state/lock-holder.ts";
import { withLockedState } from "../../../engine/state/locked-state.ts";
import { pendingMoveOf } from "../../../engine/state/open-state.ts";
import { filesBelow } from "../harness/files-with.ts";
import { slow } from "../harness/needs.ts";
import { endIt, halfDone, moveIt, placed, refusal, type Where } from "./ends-of-moves.ts";
import { type Kind, type Pair, type Side, together } from "./moved-states.ts";
import { inClear, moving } from "./moving.ts";
import type { Kill } from "./operate.ts";

const now = moving();

/** Half a record, and half an encrypted version in `earlier/`, are written over or removed with the next one. */
const leftOver = /(?<!\/earlier\/[^/]+|pending-move\.json)\.part$|\.lock|pending-move\.json$/;

/** Another checkout is behind, once its states were written, and nothing else. */
async function judgeElsewhere({ elsewhere: { source, target } }: Pair): Promise<void> {
	for (const place of [source, target])
		expect((await refusal(place)) ?? "this is not its newest state").toContain(
			"this is not its newest state",
		);
}

/** While both states have the object, nobody works on either, in whatever checkout. */
async function judgeBoth({ source, target, elsewhere }: Pair, at: string): Promise<void> {
	for (const place of [source, target, ...(now.vault === undefined ? [] : Object.values(elsewhere))])
		expect(await refusal(place), at).toMatch(/was interrupted|is locked by/);
}

/** Both commands end it, each from what the kill has left. */
async function judgeEnds(pair: Pair, was: Where): Promise<void> {
	const recorded = ((await pendingMoveOf(pair.source)) ?? (await pendingMoveOf(pair.target))) !== undefined;
	await pair.keep();
	for (const how of ["resume", "undo"] as const) {
		await pair.restore();
		if (how === "undo" && recorded && was === "target") {
			await expect(endIt(pair, how)).rejects.toThrow("there is nothing half done to take back");
			await endIt(pair, "resume");
		} else await endIt(pair, how);
		const wanted = !recorded || was === "target" ? was : how === "resume" ? "target" : "source";
		expect(await placed(pair), `${was} ${how}`).toBe(wanted);
		for (const place of [pair.source, pair.target]) expect(await refusal(place)).toBeUndefined();
		if (how === "resume") await judgeElsewhere(pair);
		expect(filesBelow(pair.folder).filter((file) => leftOver.test(file))).toEqual([]);
		expect(inClear(pair.folder)).toEqual([]);
		for (const { folder } of [pair.source, pair.target])
			for (const { outcome } of readJournal(folder)) expect(["begun", "done", "failed"]).toContain(outcome);
	}
}

/** What is asked, and the time after a write, leave what is there before the next write. */
const kills: Readonly<Record<string, readonly string[]>> = {
	write: ["before", "torn"],
	append: ["before", "torn"],
	change: ["before", "torn", "sent"],
	put: ["before"],
	look: [],
};
const killsOf = (write: string) => kills[write] ?? ["before"];

const errors: typeof kills = { put: ["fails", "lost"], look: [] };
const errorsOf = (write: string) => errors[write] ?? ["fails"];

/**
 * Ends an operation at every of its writes and requests, each time from the same start.
 *
 * @param modesOf how a write is ended
 * @param prepare brings a pair to its start
 * @returns how often it was ended, and how many outcomes that has had
 */
async function everyEnd(
	{ source, target, operation }: Readonly<Record<Side, Kind>> & { readonly operation: string },
	modesOf: (write: string) => readonly string[],
	prepare: (pair: Pair) => Promise<void> = async () => {},
) {
	const started = async () => {
		const pair = await now.states.pair({ source, target }, now.vault?.address);
		await prepare(pair);
		return pair;
	};
	const writes = (await (await started()).operate(operation)) ?? [];
	const ends = writes.flatMap((write, index) =>
		modesOf(write).map((mode): Kill & { write: string } => ({ at: index + 1, mode, write })),
	);
	const outcomes = new Set<string>();
	await together(ends, async (end) => {
		const pair = await started();
		const at = `${operation} ${JSON.stringify(end)}`;
		const failed = await pair.operate(operation, end).catch((error: Error) => error.message);
		// What is done after all goes on without a journal, say.
		if (modesOf === killsOf) expect(failed, at).toBeUndefined();
		await pair.ended();
		expect(inClear(pair.folder)).toEqual([]);
		const where = await placed(pair);
		const outcome = `${where} ${await pair.traces()}`;
		const known = outcomes.has(outcome);
		outcomes.add(outcome);
		if (where === "both") await judgeBoth(pair, at);
		if (where === "both" && typeof failed === "string")
			expect(failed, at).toMatch(/infra state resume \S+ goes on/);
		if (!known) await judgeEnds(pair, where);
	});
	return { ends: ends.length, outcomes: outcomes.size };
}

describe("killed at every write, an object is in one state, or the command that is named ends it", {
	timeout: 600_000,
}, () => {
	test.for([
		["encrypted", "encrypted"],
		["encrypted", "postgres"],
		["postgres", "postgres"],
	] as const)("of a move, %s to %s", async ([source, target]) => {
		const { ends, outcomes } = await everyEnd({ source, target, operation: "move" }, killsOf);
		expect(ends).toBeGreaterThan(30);
		expect(outcomes).toBeGreaterThan(10);
		expect(inClear(now.states.memory)).toEqual([]);
	});

	test.for(["resume", "undo"])("of %s, PostgreSQL to encrypted", async (operation, { skip }) => {
		slow(skip);
		const kinds = { source: "postgres", target: "encrypted" } as const;
		const { ends } = await everyEnd({ ...kinds, operation }, killsOf, halfDone);
		expect(ends).toBeGreaterThan(30);
		expect(inClear(now.states.memory)).toEqual([]);
	});
});

test("ended by an error at every write, it is the same", { timeout: 600_000 }, async () => {
	const kinds = { source: "encrypted", target: "encrypted" } as const;
	const { ends } = await everyEnd({ ...kinds, operation: "move" }, errorsOf);
	expect(ends).toBeGreaterThan(30);
	expect(inClear(now.states.memory)).toEqual([]);
});

describe("another checkout, of two encrypted states", { timeout: 600_000 }, () => {
	const kinds = { source: "encrypted", target: "encrypted" } as const;
	/** The target is in its place. */
	const secondWrite = "rename 4";
	const pull = (from: Pair["elsewhere"], to: Pair["elsewhere"]) => {
		for (const side of ["source", "target"] as const)
			cpSync(from[side].folder, to[side].folder, { recursive: true });
	};
	const free = async (states: Pair["elsewhere"]) => {
		for (const place of [states.source, states.target]) await unlockState(place, whoAmI());
	};
	const refusedAs = async (states: Pair["elsewhere"], words: string) => {
		for (const place of [states.source, states.target]) expect(await refusal(place)).toContain(words);
	};
	const start = async () => now.states.pair(kinds, now.vault?.address);
	beforeEach(({ skip }) => skip(now.vault === undefined, "bao or vault is not on this machine"));

	test("ends what was killed, and the first one is behind", async () => {
		const pair = await start();
		await pair.operate("move", { at: secondWrite, mode: "before" });
		for (const place of Object.values(pair.elsewhere))
			await expect(withLockedState(place, "plan", async () => {})).rejects.toBeInstanceOf(StateLocked);
		await free(pair.elsewhere);
		await refusedAs(pair.elsewhere, "was interrupted");
		await endIt(pair.elsewhere, "resume");
		expect(await placed(pair, pair.elsewhere)).toBe("target");
		await free(pair);
		await expect(endIt(pair, "resume")).rejects.toThrow("this is not its newest state");
		pull(pair.elsewhere, pair);
		await endIt(pair, "resume");
		expect(await placed(pair)).toBe("target");
		for (const { folder } of [pair.source, pair.target])
			expect(readJournal(folder).at(-1)).toMatchObject({ what: "resume move", outcome: "done" });
		expect([await refusal(pair.source), await refusal(pair.target)]).toEqual([undefined, undefined]);
	});

	test("undoes what was killed, and what the first one still has in both is ended there", async () => {
		const pair = await start();
		await pair.operate("move", { at: secondWrite, mode: "before" });
		await free(pair.elsewhere);
		await endIt(pair.elsewhere, "undo");
		for (const { folder } of Object.values(pair.elsewhere))
			expect(readJournal(folder).at(-1)).toMatchObject({ note: "the states had not been written yet" });
		await free(pair);
		await refusedAs(pair, "was interrupted");
		await endIt(pair, "undo");
		expect(await placed(pair)).toBe("source");
		expect([await refusal(pair.source), await refusal(pair.target)]).toEqual([undefined, undefined]);
	});

	test("whose states are older than those of an error does not end it", async () => {
		const pair = await start();
		await halfDone(pair);
		await refusedAs(pair.elsewhere, "was interrupted");
		await expect(endIt(pair.elsewhere, "undo")).rejects.toBeInstanceOf(NotNewest);
		pull(pair, pair.elsewhere);
		await endIt(pair.elsewhere, "undo");
		expect(await placed(pair, pair.elsewhere)).toBe("source");
	});

	test("that frees the lock of a move which still runs keeps it from its second write", async () => {
		const pair = await start();
		const moved = moveIt(pair, ({ source, target }) => {
			const write = async (text: string) => {
				await free(pair.elsewhere);
				await refusedAs(pair.elsewhere, "was interrupted");
				await endIt(pair.elsewhere, "undo");
				return source.write(text);
			};
			return { target, source: { ...source, write } };
		});
		await expect(moved).rejects.toMatchObject({
			message: expect.stringMatching(/in both states, since .* the lock of the state was broken/),
			hint: expect.stringContaining("takes it back"),
		});
		expect(await placed(pair)).toBe("both");
		await refusedAs(pair, "was interrupted");
		await endIt(pair, "undo");
		expect(await placed(pair)).toBe("source");
	});

	test("knows nothing where Vault has lost its entries, and the first one still does", async () => {
		const pair = await start();
		await halfDone(pair);
		for (const { stack } of [pair.source, pair.target])
			await now.vault?.must("DELETE", `secret/metadata/locks/mine/${stack}`);
		await refusedAs(pair, "was interrupted");
		await endIt(pair, "resume");
		expect(await placed(pair)).toBe("target");
	});

	test("does not end a move whose state takes part in another one", async () => {
		const pair = await start();
		await halfDone(pair);
		const path = `secret/data/locks/mine/${pair.target.stack}`;
		const { data } = (await now.vault?.must("GET", path))?.data ?? {};
		const other = JSON.stringify({ ...JSON.parse(data.move), id: "another", who: "carl@desk" });
		await now.vault?.must("POST", path, { data: { ...data, move: other } });
		await expect(endIt(pair, "resume")).rejects.toThrow(/was interrupted \(carl@desk/);
		expect(await placed(pair)).toBe("both");
	});
});

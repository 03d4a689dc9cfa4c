import { describe, expect, test } from "vitest";
import { readJournal } from "../../../engine/state/journal.ts";
import { pendingMoveOf } from "../../../engine/state/open-state.ts";
import { slow } from "../harness/needs.ts";
import { filesBelow } from "./encrypted-project.ts";
import { endIt, halfDone, placed, refusal, type Where } from "./ends-of-moves.ts";
import { type Kill, type Kind, type Pair, type Side, together } from "./moved-states.ts";
import { inClear, moving } from "./moving.ts";

const now = moving();

/** Half a record, and half an encrypted version in `earlier/`, are written over or removed with the next one. */
const leftOver = /(?<!\/earlier\/[^/]+|pending-move\.json)\.part$|\.lock|pending-move\.json$/;

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
		expect(filesBelow(pair.folder).filter((file) => leftOver.test(file))).toEqual([]);
		expect(inClear(pair.folder)).toEqual([]);
		for (const { folder } of [pair.source, pair.target])
			for (const { outcome } of readJournal(folder)) expect(["begun", "done", "failed"]).toContain(outcome);
	}
}

const modesOf = (write: string) => {
	if (write === "write" || write === "append") return ["before", "torn"];
	return write === "change" ? ["before", "torn", "sent"] : ["before"];
};

/**
 * Kills an operation at every of its writes and requests, each time from the same start.
 *
 * @param prepare brings a pair to its start
 * @returns how often it was killed, and how many outcomes that has had
 */
async function everyKill(
	kinds: Readonly<Record<Side, Kind>>,
	operation: string,
	prepare: (pair: Pair) => Promise<void> = async () => {},
) {
	const started = async () => {
		const pair = await now.states.pair(kinds);
		await prepare(pair);
		return pair;
	};
	const writes = (await (await started()).operate(operation)) ?? [];
	const kills = writes.flatMap((write, index) =>
		modesOf(write).map((mode): Kill => ({ at: index + 1, mode })),
	);
	const outcomes = new Set<string>();
	await together(kills, async (kill) => {
		const pair = await started();
		expect(await pair.operate(operation, kill), `${operation} ${JSON.stringify(kill)}`).toBeUndefined();
		await pair.ended();
		expect(inClear(pair.folder)).toEqual([]);
		const where = await placed(pair);
		const outcome = `${where} ${await pair.traces()}`;
		const known = outcomes.has(outcome);
		outcomes.add(outcome);
		const refused = [await refusal(pair.source), await refusal(pair.target)];
		if (where === "both") expect(refused, `${JSON.stringify(kill)}`).not.toContain(undefined);
		if (!known) await judgeEnds(pair, where);
	});
	return { kills: kills.length, outcomes: outcomes.size };
}

describe("killed at every write, an object is in one state, or the command that is named ends it", {
	timeout: 600_000,
}, () => {
	test.for([
		["encrypted", "encrypted"],
		["encrypted", "postgres"],
		["postgres", "postgres"],
	] as const)("of a move, %s to %s", async ([source, target]) => {
		const { kills, outcomes } = await everyKill({ source, target }, "move");
		expect(kills).toBeGreaterThan(30);
		expect(outcomes).toBeGreaterThan(10);
		expect(inClear(now.states.memory)).toEqual([]);
	});

	test.for(["resume", "undo"])("of %s, PostgreSQL to encrypted", async (operation, { skip }) => {
		slow(skip);
		const kinds = { source: "postgres", target: "encrypted" } as const;
		const { kills } = await everyKill(kinds, operation, halfDone);
		expect(kills).toBeGreaterThan(30);
		expect(inClear(now.states.memory)).toEqual([]);
	});
});

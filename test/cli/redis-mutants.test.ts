import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { batchOf, decide, decideAll, program, type Question, type World } from "./redis-decide.ts";
import { mutantsOf } from "./redis-mutants.ts";
import { Sample } from "./redis-properties.ts";
import { failuresOf, furtherSchedules } from "./redis-schedules.ts";
import { agreeingWorld, anyWorld, foundingWorld } from "./redis-worlds.ts";

/** The same worlds each time: no change fails for what it did not bring. */
function worlds(count: number): readonly World[] {
	return [anyWorld, agreeingWorld, foundingWorld].flatMap((kind) =>
		[3, 5].flatMap((nodes) => fc.sample(kind(nodes), { seed: 1, numRuns: count })),
	);
}

test("every property of the decision holds, whatever is known of three or five nodes", () => {
	expect(new Sample(worlds(2000)).broken()).toEqual({});
});

test("many questions at once have the answers that each has by itself", () => {
	const questions = worlds(10).flatMap((world): Question[] =>
		(["set", "role", "candidate"] as const).map((question) => [question, "b", world]),
	);
	const some = questions.filter((_, index) => index % 3 === 0);
	expect(decideAll(batchOf(some))).toEqual(some.map((question) => decide(...question)));
});

test("each rule of the decision is held by a property: none can be broken unnoticed", () => {
	// Most are noticed soon.
	const samples = [10, 80, 600].map((count) => new Sample(worlds(count)));
	const mutants = mutantsOf(program);
	const unnoticed = mutants.filter(({ text }) => samples.every((sample) => isSilent(sample, text)));
	expect(unnoticed.map(({ name }) => name)).toEqual([]);
	expect(mutants.length).toBeGreaterThan(150);
});

/** Whether no property is broken; one that does not end with an answer for each question breaks all. */
function isSilent(sample: Sample, text: string): boolean {
	try {
		return Object.keys(sample.broken(text)).length === 0;
	} catch {
		return false;
	}
}

describe("the model of starts notices", () => {
	const schedules = furtherSchedules.filter((_, index) => index % 5 === 0);

	test.for<[what: string, rule: string, broken: string]>([
		["that a minority suffices", "members >= majority ||", "members > 0 ||"],
		[
			"that nodes with data count as those that never knew",
			"if (holds_nothing(n)) blank++",
			"if (1) blank++",
		],
		["that an empty node leads", 'if (top >= 0) return "hand-over"', ""],
		[
			"that an empty node does not wait for the silent",
			'if (silent != "") return "wait the',
			'if (0) return "wait the',
		],
		["that a set is founded before all have answered", 'else if (silent != "")', "else if (0)"],
		["that old data may be elected", "return best == self ?", "return 1 ?"],
	])("%s", ([, rule, broken]) => {
		expect(program.split(rule)).toHaveLength(2);
		expect(failuresOf(schedules, program.replace(rule, broken)).length).toBeGreaterThan(0);
	});
});

import { describe, expect, test } from "vitest";
import { type Data, decide, type Evidence, type World } from "./redis-decide.ts";

describe("whom a Sentinel without memory is to watch", () => {
	test.for<[what: string, world: World, answer: string | RegExp]>([
		["all are empty: the first", { a: { data: "empty" }, b: { data: "empty" }, c: { data: "empty" } }, "a 0"],
		[
			"one has not answered",
			{ a: { data: "empty" }, b: { data: "empty" }, c: { data: "silent" } },
			/^wait .*: c /,
		],
		["it is lost", { a: { data: "empty" }, b: { data: "empty" }, c: { data: "lost" } }, "a 0"],
		["the first is lost", { a: { data: "lost" }, b: { data: "empty" }, c: { data: "empty" } }, "b 0"],
		["one holds restored data", { a: { data: "empty" }, b: { data: 0 }, c: { data: "empty" } }, "b 0"],
		[
			"two hold data that nobody orders",
			{ a: { data: "empty" }, b: { data: 0 }, c: { data: 0 } },
			/^wait 2 nodes/,
		],
		[
			"a majority remembers: its newest epoch",
			{ a: { data: "empty" }, b: { memory: [1, "a"], data: 3 }, c: { memory: [2, "b"], data: 4 } },
			"b 2",
		],
		[
			"a minority remembers, and one is silent",
			{ a: { data: "empty" }, b: { memory: [1, "b"], data: 3 }, c: { data: "silent" } },
			/^wait no majority.*: c /,
		],
		[
			"a minority remembers, and the rest never knew anything",
			{ a: { data: "empty" }, b: { memory: [1, "b"], data: 3 }, c: { data: "empty" } },
			"b 1",
		],
		[
			"a minority remembers, and another has data but no memory",
			{ a: { data: "empty" }, b: { memory: [1, "b"], data: 3 }, c: { data: 7 } },
			/^wait no majority.*: c /,
		],
		[
			"two names of one epoch",
			{ a: { data: "empty" }, b: { memory: [1, "b"], data: 3 }, c: { memory: [1, "c"], data: 3 } },
			/^wait the Sentinels name two masters/,
		],
	])("%s", ([, world, answer]) => {
		expect(decide("set", "a", world)).toMatch(answer instanceof RegExp ? answer : new RegExp(`^${answer}$`));
	});
});

/** A node that remembers a master of an epoch. */
const knows = (epoch: number, master: string, data: Data, leads = false): Evidence => ({
	memory: [epoch, master],
	data,
	leads,
});

describe("what a node that has just started is to be", () => {
	test.for<[what: string, world: World, answer: RegExp]>([
		[
			"named by all, with its data",
			{ a: knows(1, "a", 4), b: knows(1, "a", 4), c: knows(1, "a", 4) },
			/^master$/,
		],
		[
			"alone with its own memory",
			{ a: knows(1, "a", 4), b: { data: "silent" }, c: { data: "silent" } },
			/^wait .*: b c /,
		],
		[
			"replaced while it was away",
			{ a: knows(1, "a", 4), b: { data: "silent" }, c: knows(2, "b", 7) },
			/^replica b$/,
		],
		[
			"the one with the newest memory",
			{ a: knows(2, "a", 7), b: knows(1, "b", 4), c: { data: "silent" } },
			/^master$/,
		],
		[
			"empty, of a set that is founded",
			{ a: knows(0, "a", "empty"), b: knows(0, "a", "empty"), c: knows(0, "a", "empty") },
			/^master$/,
		],
		[
			"empty, another is silent",
			{ a: knows(0, "a", "empty"), b: knows(0, "a", "empty"), c: { data: "silent" } },
			/^wait .* empty; .*: c /,
		],
		[
			"empty, another still loads",
			{ a: knows(0, "a", "empty"), b: knows(0, "a", "silent"), c: knows(0, "a", "empty") },
			/^wait .*: b /,
		],
		[
			"empty, another is lost",
			{ a: knows(0, "a", "empty"), b: knows(0, "a", "empty"), c: { data: "lost" } },
			/^master$/,
		],
		[
			"empty, another has data",
			{ a: knows(0, "a", "empty"), b: knows(0, "a", 3), c: { data: "silent" } },
			/^hand-over$/,
		],
		[
			"one generation behind, by its last write",
			{ a: knows(1, "a", 3), b: knows(1, "a", 4), c: knows(1, "a", 4) },
			/^master$/,
		],
		[
			"an old volume, restored by hand",
			{ a: knows(1, "a", 2), b: knows(1, "a", 4), c: knows(1, "a", 4) },
			/^hand-over$/,
		],
	])("%s", ([, world, answer]) => {
		expect(decide("role", "a", world)).toMatch(answer);
	});
});

describe("whether a replica that nobody leads may be elected", () => {
	test.for<[what: string, world: World, answer: RegExp]>([
		[
			"its master is there",
			{ a: knows(1, "b", 4), b: knows(1, "b", 4, true), c: knows(1, "b", 4) },
			/^wait b is the master/,
		],
		[
			"its data are the newest",
			{ a: knows(1, "b", 4), b: { data: "silent" }, c: knows(1, "b", 3) },
			/^candidate$/,
		],
		[
			"another's are newer",
			{ a: knows(1, "b", 4), b: { data: "silent" }, c: knows(1, "b", 5) },
			/^wait .* c has the newest/,
		],
		[
			"another's are the same: the first",
			{ a: knows(1, "c", 4), b: knows(1, "c", 4), c: { data: "silent" } },
			/^candidate$/,
		],
		[
			"another has its generation and goes further in it",
			{
				a: { ...knows(1, "c", 4), offset: 998 },
				b: { ...knows(1, "c", 4), offset: 1002 },
				c: { data: "silent" },
			},
			/^wait .* b has the newest/,
		],
		[
			"another goes further in an older generation",
			{
				a: { ...knows(1, "c", 5), offset: 7 },
				b: { ...knows(1, "c", 4), offset: 90 },
				c: { data: "silent" },
			},
			/^candidate$/,
		],
		[
			"it knows of no other data yet",
			{ a: knows(1, "b", 4), b: { data: "silent" }, c: knows(1, "b", "silent") },
			/^wait .* 1 of 2 .*: b c /,
		],
		[
			"the master's volume is empty",
			{ a: knows(1, "b", 4), b: knows(1, "b", "empty"), c: knows(1, "b", "silent") },
			/^wait .* 1 of 2 .*: c /,
		],
		[
			"the rest is lost",
			{ a: knows(1, "b", 4), b: knows(1, "b", "empty"), c: { data: "lost" } },
			/^candidate$/,
		],
		[
			"five nodes: three of them may all be behind",
			{
				a: knows(1, "d", 4),
				b: knows(1, "d", 4),
				c: knows(1, "d", 4),
				d: { data: "silent" },
				e: { data: "silent" },
			},
			/^wait .* 3 of 4 .*: d e /,
		],
		[
			"it is empty",
			{ a: knows(1, "b", "empty"), b: { data: "silent" }, c: knows(1, "b", 3) },
			/^wait .* this node is empty/,
		],
	])("%s", ([, world, answer]) => {
		expect(decide("candidate", "a", world)).toMatch(answer);
	});
});

describe("whether a replica that has lost its master may still be elected", () => {
	test.for<[what: string, world: World, answer: RegExp]>([
		["nobody is ahead", { a: knows(1, "c", 5), b: knows(1, "c", 5), c: { data: "silent" } }, /^fit$/],
		[
			"the master leads, and it does not follow",
			{ a: knows(1, "c", 5), b: knows(1, "c", 5), c: knows(1, "c", 5, true) },
			/^unfit c is the master/,
		],
		[
			"another replica is of a newer generation",
			{ a: knows(1, "c", 5), b: knows(1, "c", 6), c: { data: "silent" } },
			/^unfit b has newer data/,
		],
		[
			"the master, which does not lead, is one ahead: of a change that it told nobody",
			{ a: knows(1, "c", 5), b: knows(1, "c", 5), c: knows(1, "c", 6) },
			/^fit$/,
		],
		[
			"no majority is heard",
			{ a: knows(1, "c", 5), b: { data: "silent" }, c: { data: "silent" } },
			/^wait no majority/,
		],
	])("%s", ([, world, answer]) => {
		expect(decide("fit", "a", world)).toMatch(answer);
	});
});

import fc from "fast-check";
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

const node = fc.record(
	{
		memory: fc.tuple(fc.nat(2), fc.constantFrom("a", "b", "c")),
		data: fc.oneof(fc.constantFrom<Data>("silent", "lost", "empty"), fc.nat(3)),
		leads: fc.boolean(),
	},
	{ requiredKeys: ["data"] },
);
const anyWorld = fc.record({ a: node, b: node, c: node });
const holds = ({ data }: Evidence) => typeof data === "number";

/** Tries a rule on many worlds. */
function always(
	question: "role" | "candidate",
	rule: (answer: string, world: World, self: Evidence) => void,
) {
	fc.assert(
		fc.property(anyWorld, (world) => rule(decide(question, "a", world), world, world.a)),
		{ numRuns: 100 },
	);
}

describe("whatever the others say", () => {
	test("a founding that some Sentinels have joined is the same for the rest", () => {
		fc.assert(
			fc.property(anyWorld, fc.subarray(["a", "b", "c"]), (world, joined) => {
				const founding = Object.fromEntries(
					Object.entries(world).map(([name, { data }]) => [name, { data }]),
				);
				const [founded = "", epoch] = decide("set", "a", founding).split(" ");
				if (founded === "wait") return;
				const half = Object.fromEntries(
					Object.entries(founding).map(([name, evidence]) => [
						name,
						joined.includes(name) ? knows(Number(epoch), founded, evidence.data) : evidence,
					]),
				);
				for (const self of ["a", "b", "c"]) {
					expect(decide("set", self, half)).toBe(`${founded} ${epoch}`);
					expect(decide("role", self, half)).toMatch(self === founded ? "master" : `replica ${founded}`);
				}
			}),
			{ numRuns: 100 },
		);
	});

	test("an empty node becomes master only if every other is known to be empty or lost", () => {
		always("role", (answer, { b, c }, self) => {
			if (answer !== "master" || holds(self)) return;
			for (const other of [b, c]) expect(["empty", "lost"]).toContain(other?.data);
		});
	});

	test("nobody is followed, and nobody leads, who is not named in the newest epoch that is known", () => {
		always("role", (answer, world) => {
			const memories = Object.values(world).flatMap(({ memory }) => (memory ? [memory] : []));
			const newest = Math.max(-1, ...memories.map(([epoch]) => epoch));
			const named = memories.filter(([epoch]) => epoch === newest).map(([, master]) => master);
			if (answer === "master" && memories.length > 0) expect(named).toEqual(named.map(() => "a"));
			if (answer.startsWith("replica ") && memories.length > 0)
				expect(named).toEqual(named.map(() => answer.slice("replica ".length)));
		});
	});

	test("while a minority remembers and another is silent, a node waits", () => {
		always("role", (answer, world) => {
			const members = Object.values(world).filter(({ memory }) => memory !== undefined);
			const silent = Object.values(world).some(
				({ data, memory }) => data === "silent" && memory === undefined,
			);
			if (members.length < 2 && silent) expect(answer).toMatch(/^wait /);
		});
	});

	test("a node with older data than another does not lead", () => {
		always("role", (answer, { b, c }, self) => {
			if (answer !== "master") return;
			const generation = holds(self) ? Number(self.data) : -1;
			for (const other of [b, c])
				if (other && holds(other)) expect(Number(other.data)).toBeLessThanOrEqual(generation + 1);
		});
	});

	test("only the newest data of enough nodes may be elected", () => {
		always("candidate", (answer, world, self) => {
			if (answer !== "candidate") return;
			const answered = Object.values(world).filter(holds);
			expect(Number(self.data)).toBe(Math.max(...answered.map(({ data }) => Number(data))));
			if (answered.length < 2) expect(Object.values(world).map(({ data }) => data)).not.toContain("silent");
		});
	});

	test("a node that waits says for what, and where to read on when others are silent", () => {
		always("role", (answer) => {
			if (!answer.startsWith("wait ")) expect(answer).toMatch(/^(master|hand-over|replica [abc])$/);
			else if (answer.includes("not heard from"))
				expect(answer).toMatch(/not heard from:( [abc])+ \(.*runbook\)$/);
		});
	});
});

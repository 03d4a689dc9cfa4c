import { expect, test } from "vitest";
import { Model, type ModelNode, type Name, names } from "./redis-model.ts";

const gaps = [0, 1, 5, 30];
const orders = names.flatMap((first) =>
	names.flatMap((second) =>
		names
			.filter((third) => new Set([first, second, third]).size === 3)
			.map((third) => [first, second, third]),
	),
);
const ways = ["killed", "drained", "partitioned", "volume lost"] as const;

interface Schedule {
	readonly master: Name;
	/** Who was away until the outage of all, with writes in between. */
	readonly away: Name;
	readonly way: (typeof ways)[number];
	/** Whether that node came back before the outage, so that all have the last writes. */
	readonly returned: boolean;
	readonly order: readonly Name[];
	/** Seconds from the first start to the second, and from that to the third. */
	readonly gap: readonly [number, number];
}

const schedules: readonly Schedule[] = names.flatMap((master) =>
	names.flatMap((away) =>
		ways.flatMap((way) =>
			[false, true].flatMap((returned) =>
				orders.flatMap((order) =>
					gaps.flatMap((one) =>
						gaps.map((two): Schedule => ({ master, away, way, returned, order, gap: [one, two] })),
					),
				),
			),
		),
	),
);

/** What is on the volumes when the power goes. */
function volumes({ master, away, way, returned }: Schedule): Model {
	const [successor = master] = names.filter((name) => name !== away);
	const replaced = master === away;
	const memory = replaced ? ([1, successor] as const) : ([0, master] as const);
	// A new master goes further than one that was cut off, which notices two replicas that leave it.
	const generation = replaced ? 7 : 4;
	const kept = { memory: way === "drained" ? memory : ([0, master] as const), writes: 1 };
	const stale = { ...kept, generation: replaced && way === "partitioned" ? 5 : 3 };
	const lost = { memory: undefined, generation: undefined, writes: 0 };
	const current = { memory, generation: generation + Number(returned), writes: returned ? 0b111 : 0b11 };
	const nodes = names.map((name): ModelNode => {
		// One that came back loses its volume together with the power.
		const volume = name !== away ? current : way === "volume lost" ? lost : returned ? current : stale;
		// Who has less data has loaded them sooner.
		const loads = volume === current ? 10 : 0;
		return { name, up: false, loads, role: "none", eligible: false, followers: "", ...volume };
	});
	return new Model(nodes, current.writes);
}

/** Starts the nodes, and goes on for a minute after the last. */
function run(schedule: Schedule): Model {
	const model = volumes(schedule);
	const [one, two] = schedule.gap;
	const starts = [0, one, one + two];
	for (let second = 0; second <= one + two + 60; second++) {
		for (const [index, name] of schedule.order.entries())
			if (second >= (starts[index] ?? 0))
				for (const node of model.nodes) if (node.name === name) node.up = true;
		model.step(second < one + two ? 0b1000 : 0b10000);
	}
	return model;
}

test("no write that a majority held is lost, in any order and with any time between the starts", {
	timeout: 120_000,
}, () => {
	expect(schedules.length).toBe(3 * 3 * 4 * 2 * 6 * 16);
	const bad: object[] = [];
	for (const schedule of schedules) {
		const { master, acknowledged, waits, nodes } = run(schedule);
		if (master === undefined || (master.writes & acknowledged) !== acknowledged || waits.length > 0)
			bad.push({ ...schedule, acknowledged, waits, nodes });
	}
	expect(bad.slice(0, 3)).toEqual([]);
});

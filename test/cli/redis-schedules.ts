import { Decisions, Model, type ModelNode, type Name, names } from "./redis-model.ts";

const gaps = [0, 1, 5, 30];
const orders = names.flatMap((first) =>
	names.flatMap((second) =>
		names
			.filter((third) => new Set([first, second, third]).size === 3)
			.map((third) => [first, second, third]),
	),
);
const ways = ["killed", "drained", "partitioned", "volume lost"] as const;

/** How the nodes start after an outage of all. */
interface Starts {
	readonly order: readonly Name[];
	/** Seconds from the first start to the second, and from that to the third. */
	readonly gap: readonly [number, number];
	/** A node that never comes back, and that the operator gives up a minute after the last start. @default none */
	readonly gone?: Name;
}

interface Outage {
	readonly master: Name;
	/** Who was away until the outage of all, with writes in between. */
	readonly away: Name;
	readonly way: (typeof ways)[number];
	/** Whether that node came back before the outage, so that all have the last writes. */
	readonly returned: boolean;
	/** Another node, which loses its volume in the outage. @default none */
	readonly emptied?: Name;
}

interface Founding {
	/** Who has a restored backup; the others are empty. @default nobody */
	readonly restored?: Name;
}

export type Schedule = Starts & (Outage | Founding);

function startsWith(list: readonly number[]): readonly Starts[] {
	return orders.flatMap((order) =>
		list.flatMap((one) => list.map((two): Starts => ({ order, gap: [one, two] }))),
	);
}

const outages = (withWays: readonly Outage["way"][], returns: readonly boolean[]): readonly Outage[] =>
	names.flatMap((master) =>
		names.flatMap((away) =>
			withWays.flatMap((way) => returns.map((returned): Outage => ({ master, away, way, returned }))),
		),
	);

function all(states: readonly (Outage | Founding)[], starts: readonly Starts[]): readonly Schedule[] {
	return states.flatMap((state) => starts.map((start): Schedule => ({ ...state, ...start })));
}

/** One node was away, in any way, and all boot in any order. */
export const schedules = all(outages(ways, [false, true]), startsWith(gaps));

const secondLosses = outages(["partitioned"], [false, true]).flatMap((outage) =>
	names.filter((name) => name !== outage.away).map((emptied) => ({ ...outage, emptied })),
);
const foundings: readonly Founding[] = [{}, ...names.map((restored) => ({ restored }))];

/** One node was away and another loses its volume; a set is founded; one never comes back. */
export const furtherSchedules: readonly Schedule[] = [
	...all(secondLosses, startsWith([1, 30])),
	...all(foundings, startsWith(gaps)),
	...names.flatMap((gone) =>
		all(
			[
				...outages(["killed", "volume lost"], [true]),
				...foundings.filter(({ restored }) => restored !== gone),
			],
			startsWith([0, 5]).map((start) => ({ ...start, gone })),
		),
	),
];

/** What is on the volumes when the power goes. */
function volumes(schedule: Schedule): Model {
	const fresh = { up: false, loads: 0, role: "none", eligible: false, followers: "", lost: false } as const;
	if (!("master" in schedule)) {
		const nodes = names.map((name): ModelNode => {
			const restored = name === schedule.restored;
			return {
				name,
				...fresh,
				memory: undefined,
				generation: restored ? 0 : undefined,
				writes: Number(restored),
			};
		});
		return new Model(nodes, schedule.restored === undefined ? 0 : 1);
	}
	const { master, away, way, returned, emptied } = schedule;
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
		const own = name !== away ? current : way === "volume lost" ? lost : returned ? current : stale;
		const volume = name === emptied ? lost : own;
		// Who has less data has loaded them sooner.
		return { name, ...fresh, loads: volume === current ? 10 : 0, ...volume };
	});
	return new Model(nodes, current.writes);
}

/** A set that lost writes, has no master, or waits for somebody although everybody is there. */
export interface Failure {
	readonly schedule: Schedule;
	readonly acknowledged: number;
	readonly waits: readonly string[];
	readonly nodes: readonly ModelNode[];
}

/**
 * Starts the nodes of each schedule, and goes on for a minute after the last, or after one was given up.
 *
 * @param text of decide.awk. @default the deployed one
 */
export function failuresOf(list: readonly Schedule[], text?: string): readonly Failure[] {
	const decisions = new Decisions(text);
	const runs = list.map((schedule) => {
		const { gap, gone } = schedule;
		const lastStart = gap[0] + gap[1];
		return { schedule, model: volumes(schedule), lastStart, calm: lastStart + (gone === undefined ? 0 : 60) };
	});
	let going = runs;
	for (let second = 0; going.length > 0; second++) {
		for (const { schedule, model } of going) start(schedule, model, second);
		decisions.step(
			going.map(({ model }) => model),
			(index) => (second < (going[index]?.lastStart ?? 0) ? 0b1000 : 0b10000),
		);
		going = going.filter(({ model, calm }) => second < calm + 60 && !(second > calm && model.settled));
	}
	return runs.flatMap(({ schedule, model: { master, acknowledged, waits, nodes } }) =>
		master === undefined || (master.writes & acknowledged) !== acknowledged || waits.length > 0
			? [{ schedule, acknowledged, waits, nodes }]
			: [],
	);
}

function start({ order, gap: [one, two], gone }: Schedule, { nodes }: Model, second: number): void {
	const starts = [0, one, one + two];
	for (const node of nodes) {
		if (node.name !== gone && second === starts[order.indexOf(node.name)]) node.up = true;
		if (node.name === gone && second === one + two + 60) node.lost = true;
	}
}

import fc from "fast-check";
import { type Fact, factId } from "../../../review/reach/fact.ts";
import { reachChanges, reachOf } from "../../../review/reach/reach.ts";
import type { World } from "../../../world/world.ts";
import { type Block, worldOf } from "../../policy/world.ts";

/** Blocks of one stack: type, id, arguments. */
export type Written = readonly [
	type: string,
	id: string,
	given: { readonly [key: string]: Block | undefined },
];

/** A world of one stack on the site `lab`. */
export function worldWith(...blocks: readonly Written[]): World {
	const resource: Record<string, Record<string, Block>> = {};
	for (const [type, id, given] of blocks) {
		resource[type] ??= {};
		Object.assign(resource[type], { [id]: given });
	}
	return worldOf({ resource });
}

/** What is said of the step from one world to another; from a world without a block when it is undefined. */
export function said(before: World | undefined, after: World) {
	const { gained, lost } = reachChanges(before ?? worldWith(), after);
	return {
		gained: gained.map(({ risk, sentence }) => `${risk}: ${sentence}`),
		lost: lost.map(({ sentence }) => sentence),
	};
}

const ids = (facts: readonly Fact[]) => facts.map(factId);

/** Properties that hold of every source, for blocks that an arbitrary makes. */
export function holdsOfEveryWorld(arbitrary: fc.Arbitrary<readonly Written[]>): void {
	fc.assert(
		fc.property(arbitrary, fc.infiniteStream(fc.nat()), (blocks, order) => {
			const world = worldWith(...blocks);
			// Equal worlds differ in nothing.
			if (said(world, worldWith(...blocks)).gained.length > 0) throw new Error("an equal world gains");
			// The order of blocks means nothing.
			const keys = blocks.map((block) => ({ block, key: order.next().value }));
			const shuffled = keys.sort((a, b) => a.key - b.key).map(({ block }) => block);
			const other = ids(reachOf(worldWith(...shuffled)));
			if (JSON.stringify(ids(reachOf(world))) !== JSON.stringify(other)) throw new Error("order matters");
			// What is gained on the way there is lost on the way back.
			const [dropped] = blocks;
			if (dropped === undefined) return;
			const without = worldWith(...blocks.slice(1));
			const there = reachChanges(without, world);
			const back = reachChanges(world, without);
			const flat = (list: typeof there.gained) => list.flatMap(({ facts }) => ids(facts)).sort();
			if (JSON.stringify(flat(there.gained)) !== JSON.stringify(flat(back.lost)))
				throw new Error(`gained ${flat(there.gained)} there, lost ${flat(back.lost)} back`);
		}),
		{ numRuns: 25 },
	);
}

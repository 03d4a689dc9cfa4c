import fc from "fast-check";
import type { Data, Evidence, World } from "./redis-decide.ts";

/** Worlds of a number of nodes: anything that can be heard of them. */
export function anyWorld(count: number): fc.Arbitrary<World> {
	const nodes = ["a", "b", "c", "d", "e"].slice(0, count);
	const node = fc.record<Evidence, "data">(
		{
			memory: fc.tuple(fc.nat(2), fc.constantFrom(...nodes.slice(0, 3))),
			data: fc.oneof(fc.constantFrom<Data>("absent", "silent", "lost", "empty"), fc.nat(4)),
			leads: fc.boolean(),
			offset: fc.nat(1),
		},
		{ requiredKeys: ["data"] },
	);
	return fc.record(Object.fromEntries(nodes.map((name) => [name, node])));
}

/** Worlds in which nodes agree, as they mostly do: what is rare among others is frequent here. */
export function agreeingWorld(count: number): fc.Arbitrary<World> {
	return fc
		.tuple(
			anyWorld(count),
			fc.tuple(fc.nat(1), fc.constantFrom("a", "b", "c")),
			fc.constantFrom<Data>("silent", "empty", "lost"),
		)
		.map(([world, memory, nothing]) =>
			Object.fromEntries(
				Object.entries(world).map(([name, evidence]): [string, Evidence] => [
					name,
					{
						...evidence,
						...(evidence.memory === undefined ? {} : { memory }),
						data: typeof evidence.data === "number" ? evidence.data : nothing,
					},
				]),
			),
		);
}

/** Worlds of a set that is founded: nobody remembers anything, or the first have joined, and most are empty. */
export function foundingWorld(count: number): fc.Arbitrary<World> {
	return fc
		.tuple(anyWorld(count), fc.constantFrom<Data>("empty", "lost", "silent"), fc.constantFrom("a", "b", "c"))
		.map(([world, nothing, founder]) =>
			Object.fromEntries(
				Object.entries(world).map(([name, { memory, data }]): [string, Evidence] => [
					name,
					{
						...(memory?.[0] === 2 ? { memory: [0, data === 4 ? memory[1] : founder] } : {}),
						data: typeof data === "number" && data > 2 ? data : data === "lost" ? nothing : "empty",
					},
				]),
			),
		);
}

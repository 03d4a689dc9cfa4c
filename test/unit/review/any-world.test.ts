import { expect, test } from "vitest";
import { reachChanges } from "../../../review/reach/reach.ts";
import { cases } from "../../policy/cases/index.ts";

/** Worlds in which something is wrong: what is missing, misspelt or known only to Terraform must not stop a review. */
const worlds = Object.entries(cases).flatMap(([rule, { allow, deny }]) => [
	...Object.entries(allow).map(([name, world]) => [`${rule}: ${name}`, world] as const),
	...Object.entries(deny).map(([name, { world }]) => [`${rule}: ${name}`, world] as const),
]);

test.for(worlds)("%s: has sentences without a hole", ([, world]) => {
	const { gained } = reachChanges(undefined, world);
	for (const { sentence } of gained) expect(sentence).not.toMatch(/undefined|\[object|null|NaN| {2}/);
	const again = reachChanges(world, { ...world });
	expect([again.gained, again.lost]).toEqual([[], []]);
});

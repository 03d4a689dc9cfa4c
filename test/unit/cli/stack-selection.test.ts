import { expect, test } from "vitest";
import { selectStacks } from "../../../engine/stack-selection.ts";
import type { StackFacts } from "../../../stacks/declaration.ts";
import { didYouMean } from "../../../terminal/suggestion.ts";

const vault: StackFacts = { name: "vault", purpose: "Secrets", stateTier: 0 };
const redis: StackFacts = { name: "redis", purpose: "Cache", stateTier: 1 };

test("stacks are selected in the order in which they are applied, whatever the order of the names", () => {
	expect(selectStacks([vault, redis], ["redis", "vault"])).toEqual([vault, redis]);
});

test("no name selects every stack", () => {
	expect(selectStacks([vault, redis], [])).toEqual([vault, redis]);
});

test.for([
	["redsi", "did you mean redis?"],
	["vautl", "did you mean vault?"],
	["database", undefined],
] as const)("%s is corrected to what resembles it", ([input, suggestion]) => {
	expect(didYouMean(input, ["redis", "vault"])).toBe(suggestion);
});

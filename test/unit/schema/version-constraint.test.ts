import { expect, test } from "vitest";
import { admits } from "../../../providers/schema/version-constraint.ts";

test.for([
	["~> 2.38", "2.38.0", true],
	["~> 2.38", "2.99.1", true],
	["~> 2.38", "3.0.0", false],
	["~> 2.38", "2.37.9", false],
	["~> 2.38.1", "2.38.9", true],
	["~> 2.38.1", "2.39.0", false],
	["~> 0.111", "0.112.0", true],
	["2.38", "2.38.0", true],
	["= 2.38.0", "2.38.1", false],
	["!= 2.38.0", "2.38.0", false],
	[">= 1.2, < 2", "1.10.0", true],
	[">= 1.2, < 2", "2.0.0", false],
	["> 1.2", "1.2.0", false],
	["<= 1.2", "1.2.1", false],
] as const)('"%s" with %s: %s', ([constraint, version, expected]) => {
	expect(admits(constraint, version)).toBe(expected);
});

test("A text that is no constraint is refused", () => {
	expect(() => admits("latest", "1.0.0")).toThrow("not a version constraint: latest");
});

import { describe, expect, test } from "vitest";
import { freeThreshold, grow, growthSteps } from "../../../constructs/kubernetes/growth.ts";

const GiB = 1024 ** 3;
const policy = { growWhenUsedAbove: 80, increase: "100%", growTo: 5 * GiB };

test("the threshold that the controller reads is what may be free, not what may be used", () => {
	expect(freeThreshold({ growWhenUsedAbove: 80 })).toBe(20);
});

describe("a volume", () => {
	test.for([
		["stays as it is with 30 % free", 1 * GiB, 0.3 * GiB, undefined],
		["grows with 15 % free", 1 * GiB, 0.15 * GiB, 2 * GiB],
		["grows no further than its limit", 4 * GiB, 0, 5 * GiB],
		["stays at its limit, however full", 5 * GiB, 0, undefined],
		["is not shrunk to a limit below its size", 6 * GiB, 0, undefined],
	] as const)("%s", ([, capacity, free, expected]) => {
		expect(grow(capacity, Math.floor(free), policy)).toBe(expected);
	});

	test("would have grown at 20 % use by the threshold that the reference wrote", () => {
		expect(grow(GiB, 0.75 * GiB, { ...policy, growWhenUsedAbove: 20 })).toBe(2 * GiB);
		expect(grow(GiB, 0.75 * GiB, policy)).toBeUndefined();
	});

	test("becomes whole gibibytes larger", () => {
		expect(grow(3 * GiB, 0, { ...policy, increase: "50%" })).toBe(5 * GiB);
		expect(grow(2 * GiB, 0, { ...policy, increase: "512Mi" })).toBe(3 * GiB);
	});

	test("reaches its limit in steps", () => {
		const sizes = growthSteps(2 * GiB, { growWhenUsedAbove: 80, increase: "50%", growTo: 10 * GiB });
		expect(sizes.map((size) => size / GiB)).toEqual([2, 3, 5, 8, 10]);
	});
});

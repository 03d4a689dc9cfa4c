import fc from "fast-check";
import { expect, test } from "vitest";
import {
	days,
	formatDuration,
	hours,
	inDays,
	inSeconds,
	milliseconds,
	minutes,
	parseDuration,
	seconds,
	sum,
	times,
} from "../../config/schema/duration.ts";

test("a duration is the same in every unit", () => {
	const day = days(1);
	expect([hours(24), minutes(1440), seconds(86_400), milliseconds(86_400_000)]).toEqual([day, day, day, day]);
	expect([inSeconds(day), inDays(day)]).toEqual([86_400, 1]);
	expect(sum(day, times(2, hours(12)))).toBe(days(2));
});

test("what is written is read as the same", () => {
	fc.assert(
		fc.property(fc.integer({ min: 0, max: 10 ** 12 }).map(milliseconds), (duration) => {
			expect(parseDuration(formatDuration(duration))).toBe(duration);
		}),
	);
	expect(["500ms", "90s", "1h", "28d"].map((text) => formatDuration(parseDuration(text)))).toEqual([
		"500ms",
		"90s",
		"1h",
		"28d",
	]);
});

test("a plain number is no duration: it does not say whether it counts seconds", () => {
	// @ts-expect-error seconds where milliseconds are meant
	expect(formatDuration(3600)).toBe("3600ms");
	// @ts-expect-error a duration has no unit once it was read in one
	expect(inSeconds(inSeconds(hours(1)))).toBe(3.6);
});

import { expect, test } from "vitest";
import { failuresOf, furtherSchedules, schedules } from "./redis-schedules.ts";

test("no write that a majority held is lost, in any order and with any time between the starts", () => {
	expect(schedules.length).toBe(3 * 3 * 4 * 2 * 6 * 16);
	expect(failuresOf(schedules).slice(0, 3)).toEqual([]);
});

test("nor when a second node loses its volume or never comes back, or while a set is founded", () => {
	expect(failuresOf(furtherSchedules).slice(0, 3)).toEqual([]);
});

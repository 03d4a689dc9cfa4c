import { expect, test } from "vitest";
import { cronSchedule, longestGap, startsInADay } from "../../config/schema/cron.ts";

const hour = 3_600_000;
const day = 24 * hour;

/** What `ParseStandard` of robfig/cron v3.0.1 says: the longest time between two starts, in hours. */
const accepted: readonly (readonly [schedule: string, hours: number])[] = [
	["0 3 * * 0", 168],
	["0 3 * * SUN", 168],
	["0 3 ? * sun", 168],
	["0 0 * * 00", 168],
	["0 3 * * *", 24],
	["05 00 * * *", 24],
	[" 0  0 * * * ", 24],
	["17 */4 * * *", 4],
	["*/20 * * * *", 1 / 3],
	["5/1 * * * *", 0.1],
	["59/59 * * * *", 1],
	["*/70 * * * *", 1],
	["?/5 * * * *", 1 / 12],
	["5-10/3 * * * *", 57 / 60],
	["*,5 * * * *", 1 / 60],
	["0 0 * * mon-fri", 72],
	["0 0 * * 0,6", 144],
	["0 0 * * 6/1", 168],
	["0 0 1 jan-MAR *", 7344],
	["0 3 1 * *", 744],
	["0 0 29 2 *", 35064],
	["0 3 */2 * 1", 48],
	["0 3 */1 * 1", 168],
	["0 0 *,5 * 1", 168],
	["0 0 31 4,6 0", 6888],
	["0 0 31 2 */2", 8160],
	["@hourly", 1],
	["@daily", 24],
	["@midnight", 24],
	["@weekly", 168],
	["@monthly", 744],
	["@yearly", 8784],
	["@annually", 8784],
];

test.for(accepted)("%s is accepted, as Kubernetes accepts it", ([schedule, hours]) => {
	expect(cronSchedule.safeParse(schedule).error?.issues).toBeUndefined();
	expect(longestGap(schedule)).toBe(Math.round(hours * hour));
});

/** What robfig refuses, and what is wrong with it in our words. */
const refused: readonly (readonly [schedule: string, why: string])[] = [
	["0 3 * * 7", '"7" is no day of week: 0 to 6, and the week begins with Sunday'],
	["0 3 * * 1-7/2", '"1-7/2" is no day of week'],
	["0 3 * * 5-1", "From value is larger than to value: '5-1'"],
	["0 3 * * fri-sun", '"fri-sun" is no day of week'],
	["0 5-3 * * *", "From value is larger than to value: '5-3'"],
	["50-5 * * * *", "From value is larger"],
	["0 24 * * *", '"24" is no hour: 0 to 23'],
	["60 * * * *", '"60" is no minute: 0 to 59'],
	["0 0 0 * *", '"0" is no day of month: 1 to 31'],
	["0 0 * 7-13/30 *", '"7-13/30" is no month: 1 to 12'],
	["*/0 * * * *", "illegal stepping: 0"],
	["*/-5 * * * *", '"*/-5" is no minute'],
	["-5 * * * *", '"-5" is no minute'],
	["0.5 * * * *", '"0.5" is no minute'],
	["0/5/2 * * * *", '"0/5/2" is no minute'],
	["0 0 1-2-3 * *", '"1-2-3" is no day of month'],
	["0 0 L * *", '"L" is no day of month: 1 to 31'],
	["0 0 15W * *", '"15W" is no day of month'],
	["0 0 * * 1#2", '"1#2" is no day of week'],
	["0 0 * * monday", '"monday" is no day of week'],
	["jan * * * *", '"jan" is no minute: 0 to 59'],
	["0 0 * * jan", '"jan" is no day of week'],
	["0 0 LW * *", '"LW" is no day of month'],
	["* * * *", "it has 4 fields"],
	["* * * * * *", "it has 6 fields"],
	["", "it has 1 fields"],
	["whenever", "it has 1 fields"],
	["@Daily", "@Daily is none of @yearly"],
	["@reboot", "@reboot is none of @yearly"],
	["@daily ", "is none of @yearly"],
];

/** What robfig takes and never starts, and what it takes by an oversight or without a time of its own. */
const senseless: readonly (readonly [schedule: string, why: string])[] = [
	["0 0 31 2 *", "it never comes round"],
	["0 0 30 2 *", "it never comes round"],
	["0 0 31 4,6 *", "it never comes round"],
	[", * * * *", '"" is no minute'],
	["1,,2 * * * *", '"" is no minute'],
	["+5 0 * * *", '"+5" is no minute'],
	["* * * * *-5", '"*-5" is no day of week'],
	["@every 90m", "@every 90m is none of @yearly"],
	["TZ=UTC 0 0 * * *", "it has 6 fields"],
];

test.for([...refused, ...senseless])("%j is refused, with what is wrong with it", ([schedule, why]) => {
	const message = cronSchedule.safeParse(schedule).error?.issues[0]?.message;
	expect(message).toContain('expected five cron fields such as "0 3 * * 0" (Sunday 03:00), or @daily: ');
	expect(message).toContain(why);
});

test("a value with a step is a range to the end, and counts as one", () => {
	expect(startsInADay("5/1 * * * *")).toBe(1320);
	expect(startsInADay("*/20 * * * *")).toBe(72);
	expect(startsInADay("0 3 1 * *")).toBe(1);
	expect(longestGap("5/1 * * * *")).toBeLessThan(day);
});

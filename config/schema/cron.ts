import { Cron } from "croner";
import { type Duration, days, milliseconds } from "./duration.ts";
import { VisibleError } from "./visible-error.ts";
import { z } from "./zod.ts";

/** Fields of a schedule with the least and the greatest value of each, and words for values. */
const fields = [
	["minute", 0, 59, /^$/],
	["hour", 0, 23, /^$/],
	["day of month", 1, 31, /^$/],
	["month", 1, 12, /^(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)$/i],
	["day of week", 0, 6, /^(sun|mon|tue|wed|thu|fri|sat)$/i],
] as const;

const descriptors: Readonly<Record<string, string>> = {
	"@yearly": "0 0 1 1 *",
	"@annually": "0 0 1 1 *",
	"@monthly": "0 0 1 * *",
	"@weekly": "0 0 * * 0",
	"@daily": "0 0 * * *",
	"@midnight": "0 0 * * *",
	"@hourly": "0 * * * *",
};

/**
 * A schedule as Kubernetes and Kyverno parse it: with `ParseStandard` of robfig/cron v3, that is minute, hour, day of
 * month, month and day of week, or a descriptor such as `@daily`. Refused are schedules that never fire; `@every`,
 * which fires at no fixed time; time zones, which have a field of their own in a CronJob; and typing errors that robfig
 * tolerates (`1,,2`, `+5`, `*-5`).
 */
export const cronSchedule = z.string().superRefine((text, context) => {
	try {
		firings(text);
	} catch (error) {
		context.addIssue({
			code: "custom",
			message: `expected five cron fields such as "0 3 * * 0" (Sunday 03:00), or @daily: ${(error as Error).message}`,
		});
	}
});

interface Firings {
	/** Start times in milliseconds from midnight, the same on every day that has any. */
	readonly times: readonly number[];
	/** Longest distance between two days with starts, in milliseconds. */
	readonly longestPause: number;
}

const known = new Map<string, Firings>();

/** @throws with the reason when Kubernetes would refuse the schedule, or it never fires */
function firings(schedule: string): Firings {
	const found = known.get(schedule);
	if (found !== undefined) return found;
	const read = canonical(schedule);
	// The library reports an invalid range.
	cron(read);
	// An item that stands for all days makes the whole field a star, and then the other day field alone decides.
	const [minute, hour, dayOfMonth, month, dayOfWeek] = read.map((field) =>
		field.split(",").includes("*") ? "*" : field,
	) as typeof read;
	const everyDay = [dayOfMonth, month, dayOfWeek].every((field) => field === "*");
	const datesOnly = cron(["0", "0", dayOfMonth, month, dayOfWeek]);
	// Times and days are computed apart, since every day has the same times: a year of minutes would be half a million.
	const made = {
		times: starts(cron([minute, hour, "*", "*", "*"]), days(1)).map((time) => time - epoch),
		// Leap years repeat after 4 years, and with weekdays after 28.
		longestPause: everyDay
			? days(1)
			: longestStep(starts(datesOnly, days(month === "*" ? 5 * 366 : 29 * 366))),
	};
	if (made.longestPause === 0) throw new VisibleError("it never comes round");
	known.set(schedule, made);
	return made;
}

/** 1 January of a leap year; all dates are UTC. */
const epoch = Date.UTC(2024, 0, 1);

function cron(pattern: readonly string[]): Cron {
	try {
		return new Cron(pattern.join(" "), { mode: "5-part", utcOffset: 0, paused: true });
	} catch (error) {
		throw new VisibleError((error as Error).message.replace(/^CronPattern: /, ""));
	}
}

function starts(schedule: Cron, within: Duration): number[] {
	const end = epoch + within;
	const times: number[] = [];
	let next = schedule.nextRun(new Date(epoch - 1000));
	while (next !== null && next.getTime() < end) {
		times.push(next.getTime());
		next = schedule.nextRun(next);
	}
	return times;
}

function longestStep(times: readonly number[]): number {
	return times.reduce((longest, time, index) => Math.max(longest, time - (times[index - 1] ?? time)), 0);
}

/** The five fields in a notation that robfig and the library read alike. */
function canonical(schedule: string): [string, string, string, string, string] {
	const text = schedule.startsWith("@") ? descriptors[schedule] : schedule;
	if (text === undefined)
		throw new VisibleError(`${schedule} is none of ${Object.keys(descriptors).join(", ")}`);
	const parts = text.trim().split(/\s+/);
	if (parts.length !== fields.length) throw new VisibleError(`it has ${parts.length} fields`);
	return fields.map((field, index) => canonicalField(parts[index] ?? "", field)) as ReturnType<
		typeof canonical
	>;
}

function canonicalField(text: string, [name, least, greatest, words]: (typeof fields)[number]): string {
	const isValue = (value: string) =>
		/\d/.test(value) ? Number(value) >= least && Number(value) <= greatest : words.test(value);
	const items = text.split(",").map((item) => {
		const [, from = "", to, step] = /^([*?]|\d+|[a-z]+)(?:-(\d+|[a-z]+))?(?:\/(\d+))?$/i.exec(item) ?? [];
		const all = from === "*" || from === "?";
		if (from === "" || (all && to !== undefined)) throw new VisibleError(`"${item}" is no ${name}`);
		// The library also takes 7 for Sunday.
		const sunday = greatest === 6 ? ", and the week begins with Sunday" : "";
		if (
			[all ? undefined : from, to].some((value) => value !== undefined && !isValue(value)) ||
			(to?.toLowerCase() === "sun" && !/^(0+|sun)$/i.test(from))
		)
			throw new VisibleError(`"${item}" is no ${name}: ${least} to ${greatest}${sunday}`);
		if (all && (step === undefined || Number(step) === 1)) return "*";
		if (step === undefined) return to === undefined ? from : `${from}-${to}`;
		// A value with a step begins a range, and a step may exceed its range.
		const range = all ? `${least}-${greatest}` : `${from}-${to ?? greatest}`;
		return `${range}/${Math.min(Number(step), greatest - least + 1)}`;
	});
	return items.join(",");
}

/** Longest time between two starts of a schedule; a monthly one counts with the longest month. */
export function longestGap(schedule: string): Duration {
	const { times, longestPause } = firings(schedule);
	const overnight = longestPause - ((times.at(-1) ?? 0) - (times[0] ?? 0));
	return milliseconds(Math.max(overnight, longestStep(times)));
}

/** Starts on a day that has any. */
export function startsInADay(schedule: string): number {
	return firings(schedule).times.length;
}

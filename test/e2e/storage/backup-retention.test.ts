import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const common = join(import.meta.dirname, "../../../constructs/storage/backup/scripts/common.sh");

/** Names that retention gives up; the real function, outside of any program. */
function expired(names: readonly string[], daily: number, weekly: number, monthly: number): string[] {
	return answerOf("expired", names, [daily, weekly, monthly]);
}

function answerOf(name: string, names: readonly string[], keep: readonly number[], zone = "UTC"): string[] {
	const output = execFileSync("bash", ["--norc", "-c", `. "$0"; ${name} "$@"`, common, ...keep.map(String)], {
		input: names.map((name) => `${name}\n`).join(""),
		env: { PATH: process.env.PATH, INFRA_BACKUP_SETTINGS: "/dev/null", STATE: "/nowhere", TZ: zone },
		encoding: "utf8",
	});
	return output.split("\n").filter(Boolean).sort();
}

const kept = (names: readonly string[], ...keep: [number, number, number]) => {
	const gone = expired(names, ...keep);
	return names.filter((name) => !gone.includes(name));
};

/** Daily names from a first to a last day, the time included. */
function daily(first: string, last: string): string[] {
	const names: string[] = [];
	for (let day = Date.parse(first); day <= Date.parse(last); day += 86_400_000)
		names.push(`${new Date(day).toISOString().slice(0, 10)}T050000`);
	return names;
}

test("of six weeks the newest four stay, across the end of a year", () => {
	// Mondays are 12-29, 12-22, ...: the week of the turn belongs to both years, and is one week.
	expect(kept(daily("2025-12-01", "2026-01-07"), 0, 4, 0)).toEqual([
		"2025-12-21T050000",
		"2025-12-28T050000",
		"2026-01-04T050000",
		"2026-01-07T050000",
	]);
});

test("a week that is split by New Year is not kept twice", () => {
	expect(kept(["2025-12-29T050000", "2025-12-31T050000", "2026-01-01T050000"], 0, 2, 0)).toEqual([
		"2026-01-01T050000",
	]);
});

test("days and weeks add up", () => {
	expect(kept(daily("2026-03-01", "2026-03-31"), 3, 3, 0)).toEqual([
		"2026-03-22T050000",
		"2026-03-29T050000",
		"2026-03-30T050000",
		"2026-03-31T050000",
	]);
});

test("months keep their newest point", () => {
	expect(kept(daily("2025-11-10", "2026-02-03"), 1, 0, 3)).toEqual([
		"2025-12-31T050000",
		"2026-01-31T050000",
		"2026-02-03T050000",
	]);
});

test("of several runs of a day the last one counts", () => {
	expect(expired(["2026-03-01T050000", "2026-03-01T101500"], 7, 4, 0)).toEqual(["2026-03-01T050000"]);
});

test("points stay for as long as there are no newer ones", () => {
	expect(expired(daily("2001-01-01", "2001-01-07"), 7, 4, 0)).toEqual([]);
});

test("what is no point is never given up", () => {
	expect(expired(["lost+found", "#recycle", "2026", "2026-03-01T050000"], 0, 0, 0)).toEqual([
		"2026-03-01T050000",
	]);
});

test.for(["Africa/Cairo", "Europe/Berlin"])(
	"a day without a midnight or an hour is one like others, in %s",
	(zone) => {
		const names = daily("2025-03-20", "2025-05-10");
		expect(answerOf("expired", names, [7, 4, 2], zone)).toEqual(expired(names, 7, 4, 2));
		expect(kept(names, 7, 4, 2)).toHaveLength(7 + 2 + 1);
	},
);

test("nothing is given up of nothing", () => {
	expect(expired([], 7, 4, 12)).toEqual([]);
});

test("copies of one second, such as those of a repository that was moved, do not supersede each other", () => {
	const moved = ["2026-03-01T050000/host", "2026-03-01T050000/host", "2026-03-01T050000/trees/nfs"];
	expect(answerOf("superseded", moved, [7, 4, 12])).toEqual([]);
	expect(answerOf("superseded", ["2026-02-01T050000/host", ...moved], [1, 0, 0])).toEqual([
		"2026-02-01T050000/host",
	]);
});

import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { renderArguments } from "../../../engine/plan/render-arguments.ts";
import { argumentChanges } from "../../../review/plan/argument-changes.ts";

interface Sides {
	readonly before?: unknown;
	readonly after?: unknown;
	readonly after_unknown?: unknown;
	readonly before_sensitive?: unknown;
	readonly after_sensitive?: unknown;
}

/** What a reader sees of an update. */
const shown = (sides: Sides) => renderArguments(argumentChanges({ actions: ["update"], ...sides }));

test("arguments that differ are shown before and after, wherever they are", () => {
	const before = { replicas: 2, spec: [{ labels: { "app.io/name": "a", same: "x" } }], same: [1] };
	const after = {
		replicas: 3,
		spec: [{ labels: { "app.io/name": "b", same: "x" } }],
		same: [1],
		paused: true,
	};
	expect(shown({ before, after })).toEqual([
		"replicas: 2 → 3",
		'spec[0].labels["app.io/name"]: "a" → "b"',
		"paused: true",
	]);
});

test("of a creation everything that says something is shown, and what is known later by name", () => {
	const after = {
		name: "a",
		note: null,
		empty: [],
		none: {},
		text: "",
		zero: 0,
		off: false,
		list: [{ a: 1, b: null }],
	};
	expect(
		shown({ before: null, after, after_unknown: { id: true, list: [{ uid: true }], none: {} } }),
	).toEqual(['name: "a"', "zero: 0", "off: false", "list[0].a: 1", "known after apply: list[0].uid, id"]);
});

test("a value that becomes empty or goes is a change", () => {
	const before = { text: "a", list: ["a"], gone: { a: 1 }, blank: "" };
	expect(shown({ before, after: { text: "", list: [], blank: null } })).toEqual([
		'text: "a" → ""',
		'list[0]: "a" → (none)',
		"gone.a: 1 → (none)",
		'blank: "" → (none)',
	]);
});

test("an element that is put in or taken out does not make all after it differ", () => {
	const before = { env: [{ name: "a" }, { name: "b" }, { name: "c" }] };
	expect(shown({ before, after: { env: [{ name: "new" }, ...before.env] } })).toEqual(['env[0].name: "new"']);
	expect(shown({ before, after: { env: before.env.slice(1) } })).toEqual(['env[0].name: "a" → (none)']);
	const changed = { env: [{ name: "a" }, { name: "x" }, { name: "c" }] };
	expect(shown({ before, after: changed })).toEqual(['env[1].name: "b" → "x"']);
});

test("texts and lists that differ in everything are compared at once, and say what is replaced", () => {
	const lines = (word: string) => Array.from({ length: 20_000 }, (_, at) => `${word} ${at}`);
	const text = (word: string) => ["#!/bin/sh", ...lines(word), "exit 0", ""].join("\n");
	const start = performance.now();
	const [texts, list] = [
		shown({ before: { script: text("old") }, after: { script: text("new") } }),
		shown({ before: { all: lines("old") }, after: { all: lines("new") } }),
	];
	// Compared line by line, each takes minutes.
	expect(performance.now() - start).toBeLessThan(20_000);
	expect(texts.slice(0, 3).map(stripVTControlCharacters)).toEqual([
		"script:",
		"  @@ -2,20000 +2,20000 @@",
		"  -old 0",
	]);
	expect(texts).toHaveLength(40_002);
	expect(list).toHaveLength(20_000);
	expect(list.at(-1)).toBe('all[19999]: "old 19999" → "new 19999"');
	const created = shown({ before: { a: "x" }, after: { a: "x", script: lines("new").join("\n") } });
	expect(created.every((line) => !stripVTControlCharacters(line).startsWith("  -"))).toBe(true);
});

test.for([
	["a value", { p: "old" }, { p: "new" }, { p: true }],
	["a map that is sensitive as a whole", { p: { a: "old" } }, { p: { a: "new" } }, { p: true }],
	["an element", { p: [{ s: "old" }] }, { p: [{ s: "new" }] }, { p: [{ s: true }] }],
	["everything", { p: "old" }, { p: "new" }, true],
	["a text of several lines", { p: "old\nold" }, { p: "new\nnew" }, { p: true }],
] as const)("%s that is sensitive on one side is told on none", ([, before, after, mark]) => {
	for (const marks of [{ before_sensitive: mark }, { after_sensitive: mark }]) {
		const lines = shown({ before, after, ...marks });
		expect(lines.join("\n")).toContain("(sensitive) → (sensitive)");
		expect(lines.join("\n")).not.toMatch(/old|new/);
	}
});

test("a value that was known and is not any more is shown before", () => {
	expect(
		shown({ before: { a: "1", list: ["x"] }, after: {}, after_unknown: { a: true, list: true } }),
	).toEqual(['a: "1" → (known after apply)', 'list: ["x"] → (known after apply)']);
});

test("what is sensitive inside a value that is shown as a whole is left out", () => {
	const before = { a: { pass: "old", user: "u", list: [{ key: "old" }] } };
	const mark = { a: { pass: true, list: [{ key: true }] } };
	expect(shown({ before, after: {}, before_sensitive: mark, after_unknown: { a: true } })).toEqual([
		'a: {"pass":"(sensitive)","user":"u","list":[{"key":"(sensitive)"}]} → (known after apply)',
	]);
});

test("a value of another type is a change", () => {
	expect(shown({ before: { a: "1", b: [1] }, after: { a: 1, b: { c: 1 } } })).toEqual([
		'a: "1" → 1',
		'b: [1] → {"c":1}',
	]);
});

test("a text of several lines is a diff of its lines, with two around", () => {
	const text = Array.from({ length: 20 }, (_, index) => `line ${index + 1}`).join("\n");
	expect(
		shown({ before: { "run.sh": text }, after: { "run.sh": text.replace("line 10\n", "line ten\n") } }),
	).toEqual([
		'["run.sh"]:',
		"  @@ -8,5 +8,5 @@",
		"   line 8",
		"   line 9",
		"  -line 10",
		"  +line ten",
		"   line 11",
		"   line 12",
	]);
});

test("long JSON in one line is laid out and compared by lines", () => {
	const values = { replicas: 1, labels: { a: "x".repeat(80) } };
	const texts = [values, { ...values, replicas: 2 }].map((value) => JSON.stringify(value));
	const lines = shown({ before: { values: [texts[0]] }, after: { values: [texts[1]] } });
	expect(lines.filter((line) => /^ {2}[+-]/.test(line))).toEqual([
		'  -  "replicas": 1,',
		'  +  "replicas": 2,',
	]);
});

test("a text gets its lines when it is made, and a change of its last line end is seen", () => {
	expect(shown({ before: null, after: { a: "one\ntwo\n" } })).toEqual(["a:", "  +one", "  +two"]);
	expect(shown({ before: { a: "one\ntwo" }, after: { a: "one\ntwo\n" } }).join("\n")).toContain("+two");
});

test("what would steer the terminal is spelled out", () => {
	const evil = "\u001b[2K\u009b\u202e\u200b";
	const spelled = "\\u{1b}[2K\\u{9b}\\u{202e}\\u{200b}";
	expect(shown({ before: {}, after: { [evil]: `one ${evil}` } }).join()).not.toContain("\u001b");
	expect(shown({ before: { a: "x\ny" }, after: { a: `x\n${evil}\ty` } })).toContain(`  +${spelled}\ty`);
	expect(shown({ before: {}, after: { a: evil.slice(4) } })).toEqual([`a: "${spelled.slice(9)}"`]);
});

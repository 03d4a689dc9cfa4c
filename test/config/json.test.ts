import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readJson } from "../../config/schema/json.ts";

const messages = (text: string) => readJson(text).problems.map(({ path, message }) => `${path}: ${message}`);

describe("a text that is no JSON", () => {
	test.for<[text: string, problem: string]>([
		["", "expected a value at line 1, column 1"],
		['{"a": 1,}', "expected a key in double quotes at line 1, column 9"],
		["[1,]", "expected a value at line 1, column 4"],
		['{"a": 1\n\n "b": 2}', "expected a comma at line 3, column 2"],
		['{"a" 1}', "expected a colon at line 1, column 6"],
		['{"a": 1', "expected a closing brace at line 1, column 8"],
		['{"a": [1', "expected a closing bracket at line 1, column 9"],
		["{} {}", "expected nothing more at line 1, column 4"],
		["// all\n{}", "expected no comment at line 1, column 1"],
		['{"a": "b\n"}', "a string without an end at line 1, column 7"],
		['{"a": 1e}', "a number without an end at line 1, column 7"],
		['["\\x"]', "an unknown escape at line 1, column 2"],
		['["\\u12"]', "an unknown escape at line 1, column 2"],
		['["\t"]', "a control character at line 1, column 2"],
		["{a: 1}", "unexpected text at line 1, column 2"],
	])("is located: %j", ([text, problem]) => {
		expect(readJson(text).value).toBeUndefined();
		expect(messages(text)).toEqual([`(root): is no JSON: ${problem}`]);
	});

	test("is located wherever it was broken", () => {
		const edits = fc.record({
			at: fc.nat(),
			drop: fc.nat(3),
			put: fc.stringMatching(/^[{}[\],:"\\\s0e'x-]{0,3}$/),
		});
		fc.assert(
			fc.property(fc.json(), edits, (json, { at, drop, put }) => {
				const place = at % (json.length + 1);
				const text = json.slice(0, place) + put + json.slice(place + drop);
				if (readJson(text).value === undefined)
					expect(messages(text)).toEqual([
						expect.stringMatching(/^\(root\): is no JSON: .+ at line \d+, column \d+$/),
					]);
			}),
		);
	});
});

describe("a JSON text", () => {
	test("has no problem, however it is laid out", () => {
		fc.assert(
			fc.property(fc.jsonValue(), fc.constantFrom("", "\t", "  "), (value, indent) => {
				fc.pre(!JSON.stringify(value).includes('"__proto__"'));
				expect(readJson(`\r\n${JSON.stringify(value, undefined, indent)}\n`)).toEqual({
					value: JSON.parse(JSON.stringify(value)),
					problems: [],
				});
			}),
		);
	});

	test.for<[text: string, problem: string]>([
		['{"a": 1,\n"\\u0061": 2}', "a: is there a second time, at line 2"],
		['[{"a": {"b": 1, "b": 1}}]', "0.a.b: is there a second time, at line 1"],
		['{"a": {"__proto__": {}}}', "a.__proto__: is no name that anything can have"],
		['{\n  "__proto__": {}\n}', "__proto__: is no name that anything can have"],
		['{\n  "a": 1,\n  "a": 2\n}', "a: is there a second time, at line 3"],
	])("has the key that a reader would lose: %j", ([text, problem]) => {
		expect(messages(text)).toEqual([problem]);
	});

	test("may have one key in several objects", () => {
		expect(messages('{"a": {"a": 1}, "b": [{"a": 1}, {"a": 2}]}')).toEqual([]);
	});
});

import fc from "fast-check";
import { expect, test } from "vitest";
import type { Json } from "../../world/world.ts";
import { siteDifference } from "./site-difference.ts";

const lab = {
	mode: "0444",
	host: "a.example.org",
	ports: [{ port: 25 }, { port: 587 }],
	text: "a\nlab\nb\n",
	sum: "0".repeat(64),
	only: 1,
};
const home = {
	mode: "0444",
	host: "b.example.org",
	ports: [{ port: 25 }, { port: 465 }],
	text: "a\nhome\nb\n",
	sum: "1".repeat(64),
	more: [1],
};

test("says what another site has otherwise", () => {
	expect(siteDifference(lab, home)).toEqual({
		host: "b.example.org",
		ports: { "[1]": { port: 465 } },
		text: [" a", "-lab", "+home", " b"],
		sum: "(another checksum)",
		only: "(absent)",
		more: [1],
	});
});

test("sees a key that is called like something that every object has", () => {
	const odd = JSON.parse('{"__proto__": {}}');
	expect(JSON.stringify(siteDifference({}, odd))).toBe(JSON.stringify(odd));
	expect(siteDifference({ valueOf: 1 }, {})).toEqual({ valueOf: "(absent)" });
});

test("stays the same when both change alike", () => {
	const changed = { mode: "0440", ports: [{ port: 26 }, { port: 587 }] };
	const alike = { mode: "0440", ports: [{ port: 26 }, { port: 465 }] };
	const texts = ["new\n\nx\n", ""].map((head) => [`${head}${lab.text}`, `${head}${home.text}`] as const);
	for (const [from, to] of texts)
		expect(siteDifference({ ...lab, ...changed, text: from }, { ...home, ...alike, text: to })).toEqual(
			siteDifference(lab, home),
		);
});

test("is there whenever two documents differ", () => {
	const value = fc.jsonValue() as fc.Arbitrary<Json>;
	fc.assert(
		fc.property(value, value, (one, other) => {
			const equal = JSON.stringify(one) === JSON.stringify(other);
			fc.pre(equal || JSON.stringify(sorted(one)) !== JSON.stringify(sorted(other)));
			expect(siteDifference(one, other) === undefined).toBe(equal);
		}),
	);
});

/** With keys in order: an order of keys is no difference. */
function sorted(value: Json): Json {
	if (Array.isArray(value)) return value.map(sorted);
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(
		Object.entries(value)
			.sort(([one], [other]) => (one < other ? -1 : 1))
			.map(([key, entry]) => [key, sorted(entry ?? null)]),
	);
}

import fc from "fast-check";
import { expect, test } from "vitest";
import {
	parseType,
	printType,
	type RawType,
	type TypeConstraint,
} from "../../../providers/schema/type-constraint.ts";

test("A type reads as in Terraform's own language", () => {
	expect(printType(["list", ["object", { b: "string", a: ["map", "dynamic"] }]])).toBe(
		"list(object({a=map(any),b=string}))",
	);
});

test("A nested type is parsed from the inside out", () => {
	expect(parseType("map(object({a=number}))")).toEqual({
		kind: "map",
		element: { kind: "object", attributes: { a: { kind: "number" } } },
	});
});

test.for(["text", "list(string", "string)", "object({a})", ""])('"%s" is not a type', (text) => {
	expect(() => parseType(text)).toThrow("not a type constraint");
});

const { type: rawTypes } = fc.letrec<{ type: RawType }>((tie) => ({
	type: fc.oneof(
		{ maxDepth: 4 },
		fc.constantFrom<RawType>("string", "number", "bool", "dynamic"),
		fc.tuple(fc.constantFrom("list" as const, "set" as const, "map" as const), tie("type")),
		fc.tuple(fc.constant("object" as const), fc.dictionary(fc.stringMatching(/^[a-z]\w{0,5}$/), tie("type"))),
	),
}));

test("Whatever is printed can be parsed to the same type", () => {
	fc.assert(
		fc.property(rawTypes, (raw) => {
			expect(rawOf(parseType(printType(raw)))).toEqual(raw);
		}),
	);
});

function rawOf(type: TypeConstraint): RawType {
	if ("element" in type) return [type.kind, rawOf(type.element)];
	if (type.kind !== "object") return type.kind === "any" ? "dynamic" : type.kind;
	const attributes = Object.entries(type.attributes).map(([name, inside]) => [name, rawOf(inside)] as const);
	return ["object", Object.fromEntries(attributes)];
}

import { expect, it } from "vitest";
import { expressionsIn } from "../../world/expressions.ts";

const sources = (text: string) => expressionsIn(text).map(({ source }) => source);

it("finds every interpolation of a text", () => {
	expect(sources("${var.one} and ${var.two}")).toEqual(["var.one", "var.two"]);
});

it("takes an escaped one for text", () => {
	expect(sources("$${home} ${var.one}")).toEqual(["var.one"]);
});

it("follows nested braces to the end", () => {
	expect(sources("${jsonencode({a = {}})}.")).toEqual(["jsonencode({a = {}})"]);
});

it("passes over braces and escaped quotes inside of quotes", () => {
	expect(sources('${join("x\\"}", [var.one])}.')).toEqual(['join("x\\"}", [var.one])']);
});

it("says where an interpolation begins and ends", () => {
	expect(expressionsIn("a${b}c")).toEqual([{ start: 1, end: 5, source: "b" }]);
});

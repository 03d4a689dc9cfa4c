import { describe, expect, it } from "vitest";
import { rules } from "../../rules/catalogue/index.ts";
import { cases } from "./cases/index.ts";

describe.each(rules)("rule $id", ({ id, check }) => {
	const { allow, deny } = cases[id];

	it("has a case for each verdict", () => {
		expect(Object.keys(allow)).not.toEqual([]);
		expect(Object.keys(deny)).not.toEqual([]);
	});

	it.each(Object.entries(allow))("allows %s", (_, world) => {
		expect([...check(world)].map(({ argument, message }) => [argument, message])).toEqual([]);
	});

	it.each(Object.entries(deny))("denies %s", (_, { world, violations }) => {
		expect([...check(world)].map(({ argument, message }) => [argument, message])).toEqual(
			violations.map(([argument, message]) => [argument, expect.stringContaining(message)]),
		);
	});
});

describe("messages about secrets", () => {
	const { check } = rules.find(({ id }) => id === "no-secret-in-plain-sight") ?? rules[0];

	it.each(Object.entries(cases["no-secret-in-plain-sight"].deny))("keep the value of %s", (_, { world }) => {
		for (const { message } of check(world)) expect(message).not.toMatch(/letmein|abcdef|MHc|word@/);
	});
});

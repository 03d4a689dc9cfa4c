import { describe, expect, it } from "vitest";
import { findingClasses } from "../../../review/catalogue/index.ts";
import { reviewStack } from "../../../review/review-stack.ts";
import { cases } from "./cases/index.ts";

describe.each(findingClasses)("class $id", (one) => {
	const { finds, passes } = cases[one.id];

	it("has a case on both sides", () => {
		expect(Object.keys(finds)).not.toEqual([]);
		expect(Object.keys(passes)).not.toEqual([]);
	});

	it.each(Object.entries(finds))("finds something where %s", (_, { planned, findings }) => {
		expect(reviewStack(planned, [one]).map(({ risk, message }) => `${risk}: ${message}`)).toEqual(findings);
	});

	it.each(Object.entries(passes))("finds nothing where %s", (_, planned) => {
		expect(reviewStack(planned, [one])).toEqual([]);
	});
});

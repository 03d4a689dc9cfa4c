import { expect, test } from "vitest";
import { admits } from "../../../providers/schema/version-constraint.ts";
import { admitted, refused, unreadable } from "./version-constraints.ts";

test.for(admitted)('"%s" admits %s', ([constraint, version]) => {
	expect(admits(constraint, version)).toBe(true);
});

test.for(refused)('"%s" does not admit %s', ([constraint, version]) => {
	expect(admits(constraint, version)).toBe(false);
});

test.for(unreadable)("%j is no constraint", (constraint) => {
	expect(() => admits(constraint, "1.0.0")).toThrow(`not a version constraint: ${constraint}`);
});

test("a version that is none is refused", () => {
	expect(() => admits(">= 1", "1.0")).toThrow("not a version: 1.0");
});

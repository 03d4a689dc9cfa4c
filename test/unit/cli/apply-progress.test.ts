import { expect, test } from "vitest";
import { ApplyProgress } from "../../../engine/deploy/apply-progress.ts";
import { renderHalt } from "../../../engine/deploy/deploy-stack.ts";
import type { PlannedAction } from "../../../review/plan/plan-summary.ts";

const planned = (action: PlannedAction, address: string) => ({
	action,
	address,
	type: "a",
	path: `redis/${address}`,
	because: [],
});
const progressOf = (...changes: ReturnType<typeof planned>[]) =>
	new ApplyProgress({ stack: "redis", changes, outputs: 0 }, (address) => `redis/${address}`);
const event = (type: string, addr: string, action = "create", elapsed_seconds = 0) => ({
	type,
	"@message": "",
	hook: { resource: { addr }, action, elapsed_seconds },
});

test("a finished operation is one line with its construct and its time", () => {
	const progress = progressOf(planned("create", "a.b"));
	expect(progress.lineFor(event("apply_complete", "a.b[0]", "create", 7))).toBe("  ✓ create  redis/a.b  7s");
});

test("a long operation is told of early, then once a minute", () => {
	const progress = progressOf(planned("create", "a.b"));
	const told = Array.from({ length: 18 }, (_, index) => (index + 1) * 10).filter((seconds) =>
		progress.lineFor(event("apply_progress", "a.b", "create", seconds)),
	);
	expect(told).toEqual([10, 30, 60, 120, 180]);
});

test("reading and refreshing are no lines", () => {
	expect(progressOf().lineFor(event("refresh_start", "a.b"))).toBeUndefined();
});

test("a replacement is done when both of its operations are", () => {
	const progress = progressOf(planned("replace", "a.b"));
	progress.lineFor(event("apply_complete", "a.b", "delete"));
	expect(progress.applied).toEqual([]);
	progress.lineFor(event("apply_complete", "a.b", "create"));
	expect(progress.open).toEqual([]);
});

test("an apply that stopped says what is open", () => {
	const progress = progressOf(planned("create", "a.b"), planned("update", "a.c"));
	progress.lineFor(event("apply_complete", "a.b"));
	expect(renderHalt(progress)).toBe("stopped: 1 of 2 changes applied, not applied:\n  update   redis/a.c");
});

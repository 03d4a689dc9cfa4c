import { expect, test } from "vitest";
import { firstSeen, renderMetrics } from "../../../cli/drift/drift-metrics.ts";
import type { StackDrift } from "../../../cli/drift/stack-drift.ts";

const clean: StackDrift = {
	stack: "redis",
	drifted: [],
	tolerated: [],
	unmanaged: [],
	undeployed: 0,
	errors: [],
	sources: [],
};
const drifted: StackDrift = {
	...clean,
	drifted: [{ what: "deleted", address: "a.b", risk: "notice", arguments: [], consequences: [] }],
};
const [now, before] = [1_000_000, 900_000];

test.for<[what: string, stack: StackDrift, before: number | undefined, seen: number | undefined]>([
	["new drift is seen now", drifted, undefined, now],
	["old drift keeps its time", drifted, before, before],
	["a clean stack has none", clean, before, undefined],
	["a stack with code that waits has none", { ...clean, undeployed: 1 }, before, undefined],
	["a stack that was not asked keeps its time", { ...clean, errors: ["no answer"] }, before, before],
	["a stack that was not asked gets none", { ...clean, errors: ["no answer"] }, undefined, undefined],
	["half an answer is drift all the same", { ...drifted, errors: ["no answer"] }, before, before],
	["a time of the future is none", drifted, now + 1, now],
	["zero is no time", drifted, 0, now],
	["nor is what is no number", drifted, Number.NaN, now],
])("%s", ([, stack, known, seen]) => {
	const last = new Map(known === undefined ? [] : [["redis", known]]);
	expect(firstSeen([stack], last, now).get("redis")).toBe(seen);
});

test("a run without any drift has metrics, and none of a beginning", () => {
	expect(
		renderMetrics([clean], new Map(), now),
	).toBe(`# HELP drift_stack_state 0 clean, 1 drift, 2 could not be asked, 3 code that nobody has deployed
# TYPE drift_stack_state gauge
drift_stack_state{stack="redis"} 0
# HELP drift_stack_count Stacks with drift
# TYPE drift_stack_count gauge
drift_stack_count 0
# HELP drift_error_count Stacks of which a part could not be asked
# TYPE drift_error_count gauge
drift_error_count 0
# HELP drift_clean_count Stacks without drift of which everything was asked and deployed
# TYPE drift_clean_count gauge
drift_clean_count 1
# HELP drift_detection_last_run_timestamp Unix time of the last run
# TYPE drift_detection_last_run_timestamp gauge
drift_detection_last_run_timestamp 1000000
`);
});

import { describe, expect, test } from "vitest";
import { classifyPlan } from "../../../cli/drift/classify-plan.ts";
import { exitCodeOf, outcomeOf, type StackDrift } from "../../../cli/drift/stack-drift.ts";
import type { ResourceChange } from "../../../review/plan/plan-json.ts";
import { object, stackOf, worldOf } from "../../policy/world.ts";
import { create, destroy, planned, replace, resource, update } from "../review/planned.ts";

const map = "kubernetes_config_map_v1.it";
const claim = "kubernetes_persistent_volume_claim_v1.it";
const [asCoded, asFound] = [{ data: { level: "info" } }, { data: { level: "debug" } }];

/** A plan after a look at the world: what was changed outside, and what an apply would do. */
function look(resource_drift: readonly ResourceChange[], resource_changes: readonly ResourceChange[] = []) {
	return classifyPlan(planned({ resource_drift, resource_changes }));
}

const drifted = (report: StackDrift) => report.drifted.map(({ what, address }) => `${what} ${address}`);

describe("drift is what was changed outside and would be undone", () => {
	test.for<[string, ResourceChange, ResourceChange]>([
		["an argument", update(map, asCoded, asFound), update(map, asFound, asCoded)],
		[
			"an argument of which a part is planned",
			update(map, { spec: [{ a: [1] }] }, { spec: null }),
			update(map, { spec: null }, { spec: [{ a: [1] }] }),
		],
		[
			"a sensitive argument",
			update(map, { data: { p: "hidden-one" } }, { data: { p: "hidden-two" } }),
			update(
				map,
				{ data: { p: "hidden-two" } },
				{ data: { p: "hidden-one" } },
				{
					before_sensitive: { data: true },
					after_sensitive: { data: true },
				},
			),
		],
		["by a replacement", update(map, asCoded, asFound), replace(map, asFound, asCoded)],
	])("%s", ([, outside, plan]) => {
		const report = look([outside], [plan]);
		expect(drifted(report)).toEqual([`changed ${map}`]);
		expect({ outcome: outcomeOf(report), undeployed: report.undeployed }).toEqual({
			outcome: "drift",
			undeployed: 0,
		});
	});

	test("a deletion", () => {
		const report = look([destroy(map)], [create(map, asCoded)]);
		expect(drifted(report)).toEqual([`deleted ${map}`]);
	});
});

describe("drift is not", () => {
	test.for<[string, ResourceChange, readonly ResourceChange[], number]>([
		["what the code leaves alone", update(map, asCoded, asFound), [], 0],
		[
			"what the code changes beside it",
			update(map, { a: 1, b: 1 }, { a: 2, b: 1 }),
			[update(map, { a: 2, b: 1 }, { a: 2, b: 2 })],
			1,
		],
		[
			"a name that only begins alike",
			update(map, { port: 1 }, { port: 2 }),
			[update(map, { ports: 1 }, { ports: 2 })],
			1,
		],
		[
			"what a provider fills in",
			update(map, { status: "a" }, { status: "b" }),
			[update(map, { x: 1, status: "b" }, { x: 2 }, { after_unknown: { status: true } })],
			1,
		],
		["an object that the code no longer has", update(map, asCoded, asFound), [destroy(map, asFound)], 1],
		["the end of an object that the code no longer has", destroy(map), [], 0],
	])("%s", ([, outside, plans, undeployed]) => {
		const report = look([outside], plans);
		expect({ drifted: report.drifted, undeployed: report.undeployed }).toEqual({ drifted: [], undeployed });
		expect(report.tolerated).toEqual([map]);
	});

	test("a change of the code", () => {
		const report = look([], [update(map, asCoded, asFound), create("terraform_data.it", {})]);
		expect({ outcome: outcomeOf(report), undeployed: report.undeployed }).toEqual({
			outcome: "undeployed",
			undeployed: 2,
		});
	});
});

test("what cannot be judged is an error, also beside drift, and a plan that stopped is no clean one", () => {
	const unknown = look(
		[update(map, asCoded, asFound)],
		[update(map, asFound, asCoded), resource("x.y", ["melt"])],
	);
	expect(unknown.errors).toEqual(["x.y: the plan has an action that is not known here, managed: melt"]);
	expect(outcomeOf(unknown)).toBe("drift");
	const stopped = classifyPlan(planned({ errored: true, new_part: {} } as object));
	expect(outcomeOf(stopped)).toBe("error");
	expect(stopped.errors).toHaveLength(2);
});

test("the loss of data comes first, whether it has happened or an apply would bring it", () => {
	const world = worldOf(stackOf({ kubernetes_persistent_volume_claim_v1: object("data") }));
	const other = "kubernetes_persistent_volume_claim_v1.other";
	const report = classifyPlan(
		planned({
			after: world,
			resource_drift: [
				update(map, asCoded, asFound),
				destroy(claim),
				update(other, { size: 1 }, { size: 2 }),
			],
			resource_changes: [
				update(map, asFound, asCoded),
				create(claim, {}),
				replace(other, { size: 2 }, { size: 1 }, { replace_paths: [["size"]] }),
			],
		}),
	);
	expect(report.drifted.map(({ address, risk }) => [address, risk])).toEqual([
		[claim, "danger"],
		[other, "danger"],
		[map, "notice"],
	]);
	expect(report.drifted[0]?.consequences).toEqual(["an apply makes it anew, without what it held"]);
	expect(report.drifted[1]?.consequences.join()).toContain("is deleted, and made anew");
});

test("only arguments that would be undone are shown, and no sensitive value", () => {
	const marks = { before_sensitive: { data: true }, after_sensitive: { data: true } };
	const [one, other] = [
		{ data: { p: "hidden-one" }, version: "1" },
		{ data: { p: "hidden-two" }, version: "2" },
	];
	const report = look(
		[update(map, one, other, marks)],
		[update(map, other, { ...one, version: "2" }, marks)],
	);
	expect(report.drifted[0]?.arguments).toEqual([{ path: "data", before: "sensitive", after: "sensitive" }]);
	expect(JSON.stringify(report)).not.toContain("hidden");
});

const none: StackDrift = {
	stack: "redis",
	drifted: [],
	tolerated: [],
	unmanaged: [],
	undeployed: 0,
	errors: [],
	sources: [],
};
const some = look([destroy(map)], [create(map, {})]);
test.for<[string, readonly StackDrift[], number]>([
	["clean", [none], 0],
	["code that waits", [{ ...none, undeployed: 3 }], 0],
	["drift", [none, some], 2],
	["something not asked", [none, { ...none, errors: ["no answer"] }], 1],
	["drift beside something not asked", [some, { ...none, errors: ["no answer"] }], 1],
	["drift in what was asked of a stack", [{ ...some, errors: ["no answer"] }], 1],
])("the exit code of %s", ([, stacks, code]) => {
	expect(exitCodeOf(stacks)).toBe(code);
});

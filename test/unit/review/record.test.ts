import { expect, test } from "vitest";
import { canonical, departures, digestOf, exactChanges } from "../../../review/record.ts";

const update = {
	address: "kubernetes_config_map_v1.proxy",
	mode: "managed",
	type: "kubernetes_config_map_v1",
	change: { actions: ["update"], before: { data: { a: "1" } }, after: { data: { a: "2" } } },
};
const idle = { ...update, address: "a.b", change: { actions: ["no-op"], before: {}, after: {} } };
const digests = (plan: object) => exactChanges("redis", plan as Record<string, unknown>);
const changedBy = (change: object) =>
	digests({ resource_changes: [{ ...update, change: { ...update.change, ...change } }] })[0]?.digest;

test("what does nothing is not a change, and what differs from run to run does not count", () => {
	const plan = {
		resource_changes: [idle, update],
		timestamp: "1",
		prior_state: {},
		terraform_version: "1.15.0",
	};
	const changes = digests(plan);
	expect(changes).toHaveLength(1);
	expect(changes).toEqual(
		digests({ ...plan, timestamp: "2", terraform_version: "1.16.0", resource_drift: [idle] }),
	);
});

test("the order of changes and of keys does not count", () => {
	const other = { ...update, address: "a.a" };
	expect(digests({ resource_changes: [update, other] })).toEqual(
		digests({ resource_changes: [other, update] }),
	);
	expect(canonical({ b: [{ d: 1, c: 2 }], a: 3 })).toBe(canonical({ a: 3, b: [{ c: 2, d: 1 }] }));
	expect(digestOf([1, 2])).not.toBe(digestOf([2, 1]));
});

test.for<[what: string, change: object]>([
	["the value after", { after: { data: { a: "3" } } }],
	["the value before", { before: { data: { a: "0" } } }],
	["a value that becomes unknown", { after_unknown: { data: true } }],
	["the action", { actions: ["delete", "create"] }],
	["the reason of a replacement", { replace_paths: [["data"]] }],
	["an import", { importing: { id: "x" } }],
	["a key that nobody knows yet", { later: true }],
])("another digest for %s", ([, change]) => {
	expect(changedBy(change)).not.toBe(changedBy({}));
});

test("imports, moves, outputs, actions of providers and old objects are changes", () => {
	const plan = {
		resource_changes: [
			{ ...idle, change: { ...idle.change, importing: { id: "x" } } },
			{ ...idle, address: "a.c", previous_address: "a.d" },
			{ ...update, deposed: "0123" },
		],
		output_changes: { same: { actions: ["no-op"] }, url: { actions: ["create"], after: "x" } },
		action_invocations: [{ address: "action.x.y" }],
	};
	expect(digests(plan).map(({ address, actions }) => [address, actions])).toEqual([
		["a.b", "no-op"],
		["a.c", "no-op"],
		["action action.x.y", ""],
		["kubernetes_config_map_v1.proxy (deposed 0123)", "update"],
		["output.url", "create"],
	]);
});

test("no value is in what is kept of a change", () => {
	const secret = "dummy-value-of-a-secret";
	const plan = {
		resource_changes: [{ ...update, change: { actions: ["create"], after: { data: secret } } }],
	};
	expect(JSON.stringify(digests(plan))).not.toContain(secret);
});

test("a departure says how", () => {
	const reviewed = { hash: "all", changes: { a: "1", b: "2", c: "3" }, accepted: [] };
	expect(departures(reviewed, ["a", "b", "toString"], new Set(["a"]))).toEqual([
		{ address: "b", how: "other" },
		{ address: "c", how: "missing" },
		{ address: "toString", how: "new" },
	]);
});

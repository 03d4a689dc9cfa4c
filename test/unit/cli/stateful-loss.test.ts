import { describe, expect, test } from "vitest";
import type { PlannedAction, PlannedChange } from "../../../cli/plan/plan-summary.ts";
import { requireConfirmedLosses, statefulLosses } from "../../../cli/plan/stateful-loss.ts";
import { readDocument } from "../../../constructs/policy/world.ts";

const claim = "kubernetes_persistent_volume_claim_v1.data";
const change = (action: PlannedAction, address: string): PlannedChange => ({
	action,
	address,
	type: address.split(".")[0] ?? "",
	path: undefined,
	because: [],
});
const losses = (changes: PlannedChange[], resource = {}) =>
	statefulLosses({ stack: "redis", changes, outputs: 0 }, readDocument("redis", { resource })).map(
		({ address }) => address,
	);

test("the end of a volume claim is a loss, even when the code no longer declares it", () => {
	expect(losses([change("destroy", claim)])).toEqual([claim]);
});

test("a replacement is a loss as well", () => {
	expect(losses([change("replace", claim)])).toEqual([claim]);
});

test("an update of a volume claim is none", () => {
	expect(losses([change("update", claim)])).toEqual([]);
});

test("the end of an object that holds nothing is none", () => {
	expect(losses([change("destroy", "kubernetes_service_v1.a")])).toEqual([]);
});

test("an object that its construct protects is a loss whatever its type, instance by instance", () => {
	const resource = { kubernetes_service_v1: { a: { lifecycle: { prevent_destroy: true } } } };
	expect(losses([change("destroy", "kubernetes_service_v1.a[0]")], resource)).toEqual([
		"kubernetes_service_v1.a[0]",
	]);
});

test("the end of every namespace is a loss of its own, so that half a registry cannot take tenants along", () => {
	const namespaces = ["kubernetes_namespace_v1.alice", "kubernetes_namespace_v1.bob"];
	const all = namespaces.map((address) => change("destroy", address));
	expect(losses(all)).toEqual(namespaces);
	expect(() => requireConfirmedLosses(all, namespaces.slice(1))).toThrow(
		"kubernetes_namespace_v1.alice  (no longer declared): everything inside is deleted with it",
	);
});

describe("a plan that loses data", () => {
	const other = "vault_mount.kv";

	test("stops, and says how to go on", () => {
		expect(() =>
			requireConfirmedLosses([change("destroy", claim), change("replace", other)], [other]),
		).toThrow(
			expect.objectContaining({
				message: `this plan would lose data, nothing was applied:
  destroy ${claim}  (no longer declared): its volume is deleted with it`,
				hint: `when that is meant, after a backup: --confirm-destroy '${claim}'`,
			}),
		);
	});

	test("passes when each loss was named", () => {
		expect(() => requireConfirmedLosses([change("destroy", claim)], [claim])).not.toThrow();
	});
});

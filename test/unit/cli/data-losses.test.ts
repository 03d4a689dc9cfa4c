import { describe, expect, test } from "vitest";
import { requireConfirmedLosses, requireKnownActions } from "../../../engine/plan/require-confirmed.ts";
import { dataLosses } from "../../../review/plan/data-losses.ts";
import type { PlannedAction, PlannedChange } from "../../../review/plan/plan-summary.ts";
import { readDocument } from "../../../world/world.ts";

const claim = "kubernetes_persistent_volume_claim_v1.data";
const change = (action: PlannedAction, address: string): PlannedChange => ({
	action,
	address,
	type: address.split(".")[0] ?? "",
	path: undefined,
	because: [],
});
const losses = (changes: PlannedChange[], resource = {}) =>
	dataLosses({ stack: "redis", changes, outputs: 0 }, readDocument("redis", { resource })).map(
		({ address }) => address,
	);

test("the end of a volume claim is a loss, even when the code no longer declares it", () => {
	expect(losses([change("destroy", claim)])).toEqual([claim]);
});

test("a replacement is a loss as well", () => {
	expect(losses([change("replace", claim)])).toEqual([claim]);
});

test.for([
	["replace", "helm_release.chart"],
	["replace", "kubernetes_secret_v1.password"],
	["destroy", "cloudflare_dns_record.mx"],
	["replace", "vault_jwt_auth_backend.oidc"],
	["destroy", "vault_kubernetes_auth_backend_role.ci"],
	["destroy", "vault_policy.ci"],
	["replace", "vault_transit_secret_backend_key.state"],
	["destroy", "kubernetes_role_binding_v1.admin"],
	["destroy", "acme_unheard_of.a"],
	["forget", claim],
	["forget", "kubernetes_service_v1.a"],
	["create+forget", claim],
	["import+replace", claim],
] as const)("%s of %s is a loss", ([action, address]) => {
	expect(losses([change(action, address)])).toEqual([address]);
});

test.for(["ExternalSecret", "ClusterPolicy"])("the end of a manifest of the kind %s is a loss", (kind) => {
	const address = "kubernetes_manifest.a";
	for (const action of ["destroy", "replace"] as const)
		expect(losses([{ ...change(action, address), kind }])).toEqual([address]);
});

test("what can be made again is none", () => {
	const addresses = ["kubernetes_config_map_v1.a", "kubernetes_deployment_v1.a", "terraform_data.a"];
	expect(losses(addresses.map((address) => change("replace", address)))).toEqual([]);
});

test("of an object whose creation did not end only data can be lost", () => {
	const because = ["a creation that did not end"];
	const changes = ["helm_release.chart", claim].map((address) => ({
		...change("replace", address),
		because,
	}));
	expect(losses(changes)).toEqual([claim]);
});

test("a plan with an action that is not known is not applied", () => {
	const unknown = { ...change("unknown", "a.b"), because: ["managed: frobnicate"] };
	expect(() => requireKnownActions({ stack: "redis", outputs: 0, changes: [unknown] })).toThrow(
		"this plan holds actions that are not known here, nothing was applied:\n  a.b  managed: frobnicate",
	);
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
				message: `this plan would lose data or access, nothing was applied:
  destroy ${claim}  (no longer declared): its volume is deleted with it`,
				hint: `when that is meant, after a backup: --confirm-destroy '${claim}'`,
			}),
		);
	});

	test("passes when each loss was named", () => {
		expect(() => requireConfirmedLosses([change("destroy", claim)], [claim])).not.toThrow();
	});
});

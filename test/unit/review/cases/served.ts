import type { Served } from "../../../../review/served/served.ts";
import { servedKinds } from "../../../../review/served/served-kinds.ts";
import type { Json, World } from "../../../../world/world.ts";
import { stackOf, worldOf } from "../../../policy/world.ts";
import { create, destroy, manifest, planned, replace, resource, update } from "../planned.ts";
import type { ClassCases } from "./class-cases.ts";

const secrets = "external-secrets.io";
const guards = "guards.example.org";

/** What a server tells of itself; one of its API services is down. */
const server: Served = {
	kinds: servedKinds([
		list({ "": { v1: ["ConfigMap"] } }),
		list({
			[secrets]: { v1: ["ExternalSecret"], v1alpha1: ["PushSecret"] },
			autoscaling: { v2: ["HorizontalPodAutoscaler"], v1: ["HorizontalPodAutoscaler"] },
			"metrics.k8s.io": { v1beta1: undefined },
		}),
	]),
};

function list(groups: Readonly<Record<string, Readonly<Record<string, readonly string[] | undefined>>>>) {
	return {
		items: Object.entries(groups).map(([name, versions]) => ({
			metadata: { name },
			versions: Object.entries(versions).map(([version, kinds]) => ({
				version,
				freshness: kinds === undefined ? "Stale" : "Current",
				...(kinds && { resources: kinds.map((kind) => ({ responseKind: { kind } })) }),
			})),
		})),
	} as unknown as Json;
}

const object = (apiVersion: string, kind: string) => ({ apiVersion, kind, metadata: { name: "a" } });
const one = (apiVersion: string, kind: string) => manifest(object(apiVersion, kind));
const definition = (...served: string[]) => ({
	kind: "CustomResourceDefinition",
	spec: {
		group: guards,
		names: { kind: "Guard" },
		versions: ["v1", "v2"].map((name) => ({ name, served: served.includes(name) })),
	},
});
const defined = manifest(definition("v1"));

/** The stack `first` with its manifests, and a second one. */
const world = (
	first: Readonly<Record<string, object>>,
	second: Readonly<Record<string, object>> = {},
): World => worldOf(...[first, second].map((all) => ({ resource: { kubernetes_manifest: manifests(all) } })));
const manifests = (all: Readonly<Record<string, object>>) =>
	Object.fromEntries(Object.entries(all).map(([name, one]) => [name, { manifest: one as Json }]));
const errors = [{ summary: "Failed to determine GroupVersionResource for manifest" }];
const stateOf = (apiVersion: string, kind: string): Served => {
	const [group = "", version] = apiVersion.split("/");
	const address = "kubernetes_manifest.a";
	return { ...server, inState: [{ address, path: "first/a", kind: { group, version, kind } }] };
};

const old = `ExternalSecret of ${secrets}/v1beta1`;
const stuck = "no plan of this stack works, neither of the code as it was nor of the code as it is to be";

export const served: ClassCases = {
	finds: {
		"versions and kinds are not served, those of typed resources among them": {
			planned: planned({
				served: server,
				resource_changes: [
					create("kubernetes_manifest.a", one(`${secrets}/v1beta1`, "ExternalSecret")),
					update("kubernetes_manifest.b", one("a.org/v1", "A"), one("a.org/v1", "A")),
					replace("kubernetes_labels.a", {}, { api_version: `${secrets}/v1`, kind: "PushSecret" }),
					create("kubernetes_horizontal_pod_autoscaler_v2beta2.a", {}),
					create("kubernetes_flow_schema_v1.a", {}),
				],
			}),
			findings: [
				`failure: ${old} is not served: the server has it as ${secrets}/v1`,
				"failure: A of a.org/v1 is not served: the server has no such kind",
				`failure: PushSecret of ${secrets}/v1 is not served: the server has it as ${secrets}/v1alpha1`,
				"failure: horizontalpodautoscaler of v2beta2 is not served: the server has it as autoscaling/v2, autoscaling/v1",
				"failure: flowschema of v1 is not served: the server has no such kind",
			],
		},
		"a plan fails at kinds that come with this stack and another one": {
			planned: planned({
				served: server,
				errors,
				after: world(
					{ d: definition("v2"), a: object(`${guards}/v1`, "Guard"), b: object(`${guards}/v2`, "Guard") },
					{ d: definition("v1") },
				),
			}),
			findings: [
				`failure: Guard of ${guards}/v1 is not served: the server has no such kind, and it comes with second/d of the stack second`,
				`failure: Guard of ${guards}/v2 is not served: the server has no such kind, and it comes with first/d of this stack first`,
			],
		},
		"a plan fails, and its state is of a version that is gone": {
			planned: planned({
				served: stateOf(`${secrets}/v1beta1`, "ExternalSecret"),
				errors,
				after: world({ a: object(`${secrets}/v1beta1`, "ExternalSecret") }),
			}),
			findings: [
				`failure: the state has it as ${old}, which is no longer served (the server has it as ${secrets}/v1): ${stuck}`,
			],
		},
		"a plan fails, and the operator of what its state has is gone": {
			planned: planned({ served: stateOf("a.org/v1", "A"), errors }),
			findings: [
				`failure: the state has it as A of a.org/v1, a kind that the server no longer has: ${stuck}`,
			],
		},
		"who serves a group does not answer": {
			planned: planned({
				served: server,
				resource_changes: [create("kubernetes_manifest.a", one("metrics.k8s.io/v1beta1", "PodMetrics"))],
			}),
			findings: [
				"notice: nobody knows whether PodMetrics of metrics.k8s.io/v1beta1 is served: who serves metrics.k8s.io/v1beta1 does not answer",
			],
		},
		"the server cannot be asked": {
			planned: planned({
				served: { error: "it is down" },
				resource_changes: [create("kubernetes_manifest.a", one("a.org/v1", "A"))],
			}),
			findings: ["notice: nobody knows whether the server serves the kinds of this change: it is down"],
		},
		"a definition goes, and one is made anew, while objects stay in the code": {
			planned: planned({
				after: world({}, { a: object(`${guards}/v1`, "Guard"), b: object(`${guards}/v2`, "Guard") }),
				resource_changes: [
					destroy("kubernetes_manifest.a", defined),
					replace("kubernetes_manifest.b", defined, defined),
				],
			}),
			findings: ["a", "b"].map(
				() =>
					`failure: the server deletes every Guard of ${guards} with it, and the code keeps second/a, second/b`,
			),
		},
		"a definition no longer serves a version": {
			planned: planned({
				after: world({ a: object(`${guards}/v1`, "Guard"), b: object(`${guards}/v2`, "Guard") }),
				resource_changes: [
					update("kubernetes_manifest.d", manifest(definition("v1", "v2")), manifest(definition("v2"))),
				],
			}),
			findings: [`failure: ${guards}/v1 is no longer served, and the code keeps first/a`],
		},
	},
	passes: {
		"versions are served, preferred or not, and what is served by nobody only leaves": planned({
			served: server,
			resource_changes: [
				create("kubernetes_manifest.a", one("autoscaling/v1", "HorizontalPodAutoscaler")),
				create("kubernetes_horizontal_pod_autoscaler_v1.a", {}),
				create("kubernetes_config_map.a", {}),
				create("kubernetes_config_map_v1_data.a", {}),
				destroy("kubernetes_manifest.b", one("a.org/v1", "A")),
				resource("kubernetes_manifest.c", ["no-op"], { importing: { id: "x" }, after: one("a.org/v1", "A") }),
			],
		}),
		"the version of an object is known after the apply alone": planned({
			served: server,
			resource_changes: [create("kubernetes_manifest.a", { manifest: { kind: "A" } })],
		}),
		"a plan fails for another reason": planned({
			served: { ...server, inState: stateOf(`${secrets}/v1`, "ExternalSecret").inState ?? [] },
			errors,
			after: worldOf(stackOf({ kubernetes_config_map_v1: { metadata: { name: "a" } } })),
		}),
		"a plan fails, and the server cannot be asked either": planned({ served: { error: "down" }, errors }),
		"a definition goes with its objects, and one serves another version besides": planned({
			after: world({ a: object(`${guards}/v1`, "Guard"), b: object("a.org/v1", "Guard") }),
			resource_changes: [
				update("kubernetes_manifest.d", defined, manifest(definition("v1", "v2"))),
				destroy("kubernetes_manifest.e", manifest({ ...definition("v1"), kind: "Other" })),
			],
		}),
	},
};

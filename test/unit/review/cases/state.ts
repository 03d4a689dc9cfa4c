import { create, planned, resource, update } from "../planned.ts";
import type { ClassCases } from "./class-cases.ts";

const importing = { id: "x" };

export const stateChanges: ClassCases = {
	finds: {
		"objects are imported, with and without a change": {
			planned: planned({
				resource_changes: [
					resource("a.same", ["no-op"], { importing }),
					update("a.other", { size: 1 }, { size: 2, note: "new" }, { importing }),
				],
			}),
			findings: [
				"caution: is taken into the state, and changed to what the code says: size",
				"notice: is taken into the state as it is",
			],
		},
		"an object is known by another address": {
			planned: planned({
				resource_changes: [{ ...resource("a.new", ["no-op"]), previous_address: "a.old" }],
			}),
			findings: ["notice: was a.old"],
		},
	},
	passes: { "an object is new": planned({ resource_changes: [create("a.b", { size: 1 })] }) },
};

const claim = "kubernetes_persistent_volume_claim_v1.a";

export const drifted: ClassCases = {
	finds: {
		"somebody changed what the plan puts back": {
			planned: planned({
				resource_drift: [update("a.b", { size: 1, note: 1 }, { size: 2, note: 2 })],
				resource_changes: [update("a.b", { size: 2, note: 2 }, { size: 1, note: 2 })],
			}),
			findings: ["notice: was changed outside: size, note; this plan undoes a part of it"],
		},
		"somebody changed what the plan leaves": {
			planned: planned({ resource_drift: [update("a.b", { size: 1 }, { size: 2 })] }),
			findings: ["notice: was changed outside: size; this plan leaves it so"],
		},
		"somebody deleted a claim": {
			planned: planned({
				resource_drift: [resource(claim, ["delete"]), resource("a.b", ["delete"])],
				resource_changes: [create(claim, {}), create("a.b", {})],
			}),
			findings: [
				"danger: was deleted outside; this plan makes it anew, without what it held",
				"caution: was deleted outside; this plan makes it anew",
			],
		},
	},
	passes: {
		"the plan itself changes the object": planned({
			resource_changes: [update("a.b", { size: 1 }, { size: 2 })],
		}),
		"controllers have touched the object": planned({
			resource_drift: [
				update(
					"kubernetes_deployment_v1.a",
					{ metadata: [{ resource_version: "1", generation: 1 }] },
					{ metadata: [{ resource_version: "2", generation: 2 }] },
				),
				update(
					"kubernetes_manifest.a",
					{ object: { metadata: { resourceVersion: "1" }, status: {} } },
					{ object: { metadata: { resourceVersion: "2" }, status: { ready: true } } },
				),
			],
		}),
		"a refresh fills in what a provider leaves empty": planned({
			resource_drift: [update("a.b", { labels: null }, { labels: null })],
		}),
	},
};

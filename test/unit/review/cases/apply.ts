import { stackOf, worldOf } from "../../../policy/world.ts";
import { manifest, planned, resource, typed, update } from "../planned.ts";
import type { ClassCases } from "./class-cases.ts";
import { served } from "./served.ts";

const claim = (size: string, name = "fixed") =>
	typed("data", { storage_class_name: name, resources: [{ requests: { storage: size } }] });
const fixedClass = worldOf(
	stackOf({ kubernetes_storage_class_v1: { metadata: { name: "fixed" }, allow_volume_expansion: false } }),
);
const set = (spec: object) => manifest({ kind: "StatefulSet", metadata: { name: "a" }, spec });

/** A release of Vault's chart, with values as texts of YAML or JSON. */
const release = (...values: (object | string)[]) => ({
	chart: "oci://example.org/charts/vault",
	values: values.map((one) => (typeof one === "string" ? one : JSON.stringify(one))),
});
const storage = (dataStorage: object) => ({ server: { dataStorage } });

export const cannotApply: ClassCases = {
	finds: {
		...served.finds,
		"an operation on a release was cut off": {
			planned: planned({
				resource_changes: [
					update(
						"helm_release.a",
						{ ...release(), name: "a", namespace: "shop", status: "pending-upgrade" },
						{ ...release("b: 1"), name: "a", namespace: "shop", status: "deployed" },
					),
				],
			}),
			findings: [
				"failure: the release is pending-upgrade: somebody is at it, or was cut off, and Helm refuses another operation",
			],
		},
		"a chart would change the templates of its claims": {
			planned: planned({
				resource_changes: [
					update(
						"helm_release.a",
						release(storage({ size: "2Gi", mountPath: "/a", annotations: { limit: "8Gi" } })),
						release(storage({ size: "4Gi", mountPath: "/b", annotations: { limit: "16Gi" } })),
					),
					update(
						"helm_release.b",
						release("server: { dataStorage: { size: 2Gi } }"),
						release("server: { dataStorage: { size: 2Gi } }", storage({ storageClass: "other" })),
					),
				],
			}),
			findings: [
				"failure: server.dataStorage.annotations, server.dataStorage.size would change claim templates of a stateful_set, which cannot change in place",
				"failure: server.dataStorage.storageClass would change claim templates of a stateful_set, which cannot change in place",
			],
		},
		"the templates of claims change": {
			planned: planned({
				resource_changes: [
					update(
						"kubernetes_stateful_set_v1.a",
						typed("a", { volume_claim_template: [{ spec: [{ access_modes: ["ReadWriteOnce"] }] }] }),
						typed("a", { volume_claim_template: [{ spec: [{ access_modes: ["ReadWriteMany"] }] }] }),
					),
				],
			}),
			findings: [
				"failure: spec.volumeClaimTemplate.spec.accessModes of a stateful_set cannot change in place",
			],
		},
		"a manifest changes an immutable field": {
			planned: planned({
				resource_changes: [
					update(
						"kubernetes_manifest.a",
						set({ serviceName: "a", replicas: 1 }),
						set({ serviceName: "b", replicas: 2 }),
					),
					update(
						"kubernetes_manifest.b",
						manifest({ kind: "RoleBinding", roleRef: { name: "view" } }),
						manifest({ kind: "RoleBinding", roleRef: { name: "edit" } }),
					),
				],
			}),
			findings: [
				"failure: spec.serviceName of a stateful_set cannot change in place",
				"failure: roleRef of a role_binding cannot change in place",
			],
		},
		"an immutable ConfigMap changes": {
			planned: planned({
				resource_changes: [
					update(
						"kubernetes_manifest.a",
						manifest({ kind: "ConfigMap", immutable: true, data: { a: "1" } }),
						manifest({ kind: "ConfigMap", immutable: true, data: { a: "2" } }),
					),
				],
			}),
			findings: ["failure: data of a config_map cannot change in place"],
		},
		"a strategy leaves the rolling update, whose defaults stay": {
			planned: planned({
				resource_changes: [
					update(
						"kubernetes_manifest.a",
						manifest({ kind: "Deployment", spec: {} }),
						manifest({ kind: "Deployment", spec: { strategy: { type: "Recreate" } } }),
					),
					update(
						"kubernetes_stateful_set_v1.a",
						typed("a", { update_strategy: [{ type: "RollingUpdate" }] }),
						typed("a", { update_strategy: [{ type: "OnDelete" }] }),
					),
				],
			}),
			findings: [
				"failure: spec.strategy.type of a deployment cannot change in place",
				"failure: spec.updateStrategy.type of a stateful_set cannot change in place",
			],
		},
		"a Service gets another family of addresses in front": {
			planned: planned({
				resource_changes: [
					update(
						"kubernetes_service_v1.a",
						typed("a", { ip_families: ["IPv4"] }),
						typed("a", { ip_families: ["IPv6", "IPv4"] }),
					),
				],
			}),
			findings: ["failure: spec.ipFamilies of a service cannot change in place"],
		},
		"a claim shrinks, and one grows that may not": {
			planned: planned({
				after: fixedClass,
				resource_changes: [
					update("kubernetes_persistent_volume_claim_v1.a", claim("2Gi"), claim("1024Mi")),
					update("kubernetes_persistent_volume_claim_v1.b", claim("1Gi"), claim("2Gi")),
				],
			}),
			findings: [
				"failure: a claim of 2Gi cannot shrink to 1024Mi",
				"failure: storage class fixed does not let the claim grow from 1Gi to 2Gi",
			],
		},
	},
	passes: {
		...served.passes,
		"a chart changes other values, says the same in another way, or is another one": planned({
			resource_changes: [
				update(
					"helm_release.a",
					release("server: { dataStorage: { size: 2Gi, mountPath: /a }, replicas: 3 }"),
					release(storage({ size: "4Gi" }), storage({ size: "2Gi", mountPath: "/b" })),
				),
				update(
					"helm_release.b",
					{ ...release(storage({ size: "2Gi" })), chart: "other" },
					{ ...release(storage({ size: "4Gi" })), chart: "other" },
				),
			],
		}),
		"a manifest changes what may change": planned({
			resource_changes: [update("kubernetes_manifest.a", set({ replicas: 1 }), set({ replicas: 2 }))],
		}),
		"a strategy returns to the rolling update, and a typed deployment leaves it": planned({
			resource_changes: [
				update(
					"kubernetes_stateful_set_v1.a",
					typed("a", { update_strategy: [{ type: "OnDelete" }] }),
					typed("a", { update_strategy: [{ type: "RollingUpdate" }] }),
				),
				update(
					"kubernetes_deployment_v1.a",
					typed("a", { strategy: [{ type: "RollingUpdate" }] }),
					typed("a", { strategy: [{ type: "Recreate" }] }),
				),
			],
		}),
		"a manifest says what the API server has filled in": planned({
			resource_changes: [
				update(
					"kubernetes_manifest.a",
					{
						...manifest({ kind: "StatefulSet", spec: {} }),
						object: { spec: { podManagementPolicy: "OrderedReady", serviceName: null } },
					},
					manifest({ kind: "StatefulSet", spec: { podManagementPolicy: "OrderedReady" } }),
				),
			],
		}),
		"a Service gets another family of addresses behind its own": planned({
			resource_changes: [
				update(
					"kubernetes_service_v1.a",
					typed("a", { ip_families: ["IPv4"] }),
					typed("a", { ip_families: ["IPv4", "IPv6"] }),
				),
			],
		}),
		"Terraform replaces the object": planned({
			resource_changes: [
				resource("kubernetes_stateful_set_v1.a", ["delete", "create"], {
					before: typed("a", { service_name: "a" }),
					after: typed("a", { service_name: "b" }),
				}),
			],
		}),
		"a claim grows where it may, or is written in another unit": planned({
			after: fixedClass,
			resource_changes: [
				update("kubernetes_persistent_volume_claim_v1.a", claim("1Gi", "growing"), claim("2Gi", "growing")),
				update("kubernetes_persistent_volume_claim_v1.b", claim("1Gi"), claim("1024Mi")),
			],
		}),
		"a ConfigMap that is not immutable changes": planned({
			resource_changes: [
				update(
					"kubernetes_manifest.a",
					manifest({ kind: "ConfigMap", data: { a: "1" } }),
					manifest({ kind: "ConfigMap", data: { a: "2" } }),
				),
			],
		}),
	},
};

const error = {
	summary: "Instance cannot be destroyed",
	detail: "Resource a.b has prevent_destroy set.\n\nAdvice.",
};

export const planFailed: ClassCases = {
	finds: {
		"Terraform stops": {
			planned: planned({ errors: [{ ...error, address: "a.b", path: "first/b" }] }),
			findings: ["failure: Instance cannot be destroyed: Resource a.b has prevent_destroy set."],
		},
	},
	passes: { "Terraform warns": planned({ warnings: [error] }) },
};

export const notUnderstood: ClassCases = {
	finds: {
		"an action is new": {
			planned: planned({ resource_changes: [resource("a.b", ["recreate-softly"])] }),
			findings: ["failure: the action is not known here: managed: recreate-softly"],
		},
		"a part of the plan is new": {
			planned: planned({ format_version: "1.2", side_effects: [] } as object),
			findings: ["failure: the plan has a part that is not known here, and so not shown: side_effects"],
		},
	},
	passes: {
		"a plan has only parts that are known": planned({
			format_version: "1.2",
			applyable: true,
			checks: [],
		} as object),
	},
};

export const providerWarns: ClassCases = {
	finds: {
		"a type is deprecated, in two places of one block": {
			planned: planned({
				warnings: [
					{ summary: "Deprecated", detail: "Use the\nnew one.\n\nMore.", address: "a.b" },
					{ summary: "Deprecated", detail: "Use the\nnew one.", address: "a.b" },
				],
			}),
			findings: ["notice: Deprecated: Use the new one."],
		},
	},
	passes: { "nobody warns": planned({ resource_changes: [resource("a.b", ["create"])] }) },
};

export const manyChanges: ClassCases = {
	finds: {
		"sixty objects change": {
			planned: planned({
				resource_changes: Array.from({ length: 60 }, (_, index) => resource(`a.b${index}`, ["create"])),
			}),
			findings: ["notice: 60 objects change"],
		},
	},
	passes: {
		"one fewer changes": planned({
			resource_changes: Array.from({ length: 59 }, (_, index) => resource(`a.b${index}`, ["create"])),
		}),
	},
};

import { object, stackOf, workload, worldOf } from "../world.ts";
import { denied, type RuleCases } from "./rule-cases.ts";

const release = (version?: string) =>
	worldOf(stackOf({ helm_release: { name: "web", ...(version === undefined ? {} : { version }) } }));

export const chartPinned: RuleCases = {
	allow: {
		"an exact version": release("4.13.4"),
		"a version with a leading v": release("v1.2.0"),
		"a pre-release": release("2.0.0-rc.1"),
		"a chart of the repository": worldOf(stackOf({ helm_release: { chart: "../charts/own" } })),
	},
	deny: {
		"no version": denied(release(), ["version", "has no chart version"]),
		"a range": denied(release("~> 1.2"), ["version", "~> 1.2 is no exact version"]),
		"a minor version": denied(release("1.2"), ["version", "1.2 is no exact version"]),
		"letters behind the last number": denied(release("1.2.3alpha"), [
			"version",
			"1.2.3alpha is no exact version",
		]),
		"a pre-release without a name": denied(release("1.2.3-"), ["version", "1.2.3- is no exact version"]),
		"a version that an expression decides": denied(release("${var.version}"), [
			"version",
			"is no exact version",
		]),
	},
};

/** Arguments of a storage class; `Retain`, of a driver, not the default. */
const classOf = (name: string, others: Parameters<typeof stackOf>[0][string] = {}, isDefault = false) => ({
	metadata: {
		name,
		annotations: { "storageclass.kubernetes.io/is-default-class": String(isDefault) },
	},
	storage_provisioner: "example.org/driver",
	reclaim_policy: "Retain",
	...others,
});

export const defaultClassUnique: RuleCases = {
	allow: {
		"one default of two": worldOf(
			stackOf({
				kubernetes_storage_class_v1: classOf("fast", {}, true),
				kubernetes_storage_class: classOf("slow"),
			}),
		),
		"a world without classes": worldOf(stackOf({})),
	},
	deny: {
		"a second default in another stack": denied(
			worldOf(
				stackOf({ kubernetes_storage_class_v1: classOf("fast", {}, true) }),
				stackOf({ kubernetes_storage_class_v1: classOf("slow", {}, true) }),
			),
			["metadata.annotations", "slow is a default class beside fast"],
		),
		"no default": denied(worldOf(stackOf({ kubernetes_storage_class_v1: classOf("fast") })), [
			"metadata.annotations",
			"none of the storage classes is the default",
		]),
	},
};

const claimOf = (storage_class_name?: string) =>
	object("data", storage_class_name === undefined ? {} : { storage_class_name });
const besideFast = (type: string, fields: ReturnType<typeof object>) =>
	worldOf(stackOf({ kubernetes_storage_class_v1: classOf("fast") }), stackOf({ [type]: fields }));

export const storageClassExists: RuleCases = {
	allow: {
		"a claim of a class of another stack": besideFast(
			"kubernetes_persistent_volume_claim_v1",
			claimOf("fast"),
		),
		"a claim of the default class": besideFast("kubernetes_persistent_volume_claim_v1", claimOf()),
		"a claim that wants no class": besideFast("kubernetes_persistent_volume_claim_v1", claimOf("")),
		"a world without the storage stack": worldOf(
			stackOf({ kubernetes_persistent_volume_claim_v1: claimOf("fast") }),
		),
	},
	deny: {
		"a claim": denied(besideFast("kubernetes_persistent_volume_claim_v1", claimOf("iscsi")), [
			"spec.storage_class_name",
			"persistent_volume_claim data has class iscsi; there are fast",
		]),
		"a static volume": denied(besideFast("kubernetes_persistent_volume_v1", claimOf("iscsi")), [
			"spec.storage_class_name",
			"persistent_volume data has class iscsi",
		]),
		"a claim template": denied(
			besideFast(
				"kubernetes_stateful_set_v1",
				workload({ spec: { volume_claim_template: [{ spec: { storage_class_name: "iscsi" } }] } }),
			),
			["spec.volume_claim_template[0].spec.storage_class_name", "stateful_set web has class iscsi"],
		),
	},
};

const onlyClass = (others: Parameters<typeof stackOf>[0][string]) =>
	worldOf(stackOf({ kubernetes_storage_class_v1: classOf("fast", others) }));

export const volumesRetained: RuleCases = {
	allow: {
		"a class that retains": onlyClass({}),
		"volumes on the node itself": onlyClass({
			storage_provisioner: "rancher.io/local-path",
			reclaim_policy: "Delete",
		}),
		"a volume that is retained by default": worldOf(
			stackOf({ kubernetes_persistent_volume_v1: object("data") }),
		),
	},
	deny: {
		"a class that deletes": denied(onlyClass({ reclaim_policy: "Delete" }), ["reclaim_policy", "Delete"]),
		"a class that deletes by default": denied(
			worldOf(
				stackOf({
					kubernetes_storage_class_v1: {
						metadata: { name: "fast" },
						storage_provisioner: "example.org/driver",
					},
				}),
			),
			["reclaim_policy", "Delete"],
		),
		"a volume that is recycled": denied(
			worldOf(
				stackOf({
					kubernetes_persistent_volume_v1: object("data", { persistent_volume_reclaim_policy: "Recycle" }),
				}),
			),
			["spec.persistent_volume_reclaim_policy", "Recycle"],
		),
	},
};

const volumeFor = (claim_ref?: Parameters<typeof object>[1]) =>
	worldOf(
		stackOf({
			kubernetes_persistent_volume_v1: {
				metadata: { name: "backup" },
				spec: claim_ref === undefined ? {} : { claim_ref: { ...claim_ref } as never },
			},
		}),
	);
const manifestFor = (spec: object) =>
	worldOf(
		stackOf({
			kubernetes_manifest: {
				manifest: { kind: "PersistentVolume", metadata: { name: "backup" }, spec } as never,
			},
		}),
	);

export const staticVolumeClaimed: RuleCases = {
	allow: {
		"a volume for one claim": volumeFor({ namespace: "shop", name: "backup" }),
		"a claim in a namespace of the stack": volumeFor({
			namespace: "${kubernetes_namespace_v1.it.metadata[0].name}",
			name: "backup",
		}),
		"a manifest for one claim": manifestFor({ claimRef: { namespace: "shop", name: "backup" } }),
	},
	deny: {
		"a volume for anybody": denied(volumeFor(), ["spec.claim_ref", "volume backup names no claim"]),
		"a claim of any namespace": denied(volumeFor({ name: "backup" }), ["spec.claim_ref", "volume backup"]),
		"any claim of a namespace": denied(volumeFor({ namespace: "shop" }), ["spec.claim_ref", "volume backup"]),
		"a manifest for anybody": denied(manifestFor({}), ["manifest.spec.claimRef", "volume backup"]),
	},
};

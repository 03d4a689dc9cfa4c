/** Arguments of a kind that the API server refuses to change. */
export interface Immutable {
	/** Paths in the words of the API; typed resources write lists of blocks in the singular. */
	readonly fields?: readonly string[];
	/** The only paths below `spec` that may change. */
	readonly onlyMutable?: readonly string[];
	/** Lists whose first element may not change, while others may come and go. */
	readonly firsts?: readonly string[];
	/**
	 * Strategy whose type cannot leave `RollingUpdate`: the defaults of a rolling update stay in the object, and are
	 * refused beside another type.
	 */
	readonly rollingUpdate?: { readonly path: string; readonly of: "manifests" | "all" };
	/** Paths that may not change while `immutable` is true. */
	readonly whenImmutable?: readonly string[];
}

const roleRef: Immutable = { fields: ["roleRef"] };
const data: Immutable = { whenImmutable: ["data", "binaryData", "stringData", "immutable"] };

/**
 * Immutable arguments by kind. Source: validation of updates in Kubernetes, `pkg/apis/<group>/validation`. What a typed
 * resource replaces by itself is a replacement in the plan; this is about what is sent in place and refused.
 */
export const immutableFields: Readonly<Record<string, Immutable>> = {
	cluster_role_binding: roleRef,
	config_map: data,
	csi_driver: { fields: ["spec.attachRequired", "spec.volumeLifecycleModes"] },
	daemon_set: { fields: ["spec.selector"] },
	deployment: { fields: ["spec.selector"], rollingUpdate: { path: "spec.strategy", of: "manifests" } },
	ingress_class: { fields: ["spec.controller"] },
	job: {
		fields: [
			"spec.completionMode",
			"spec.completions",
			"spec.manualSelector",
			"spec.podFailurePolicy",
			"spec.selector",
			"spec.template",
		],
	},
	persistent_volume: {
		fields: [
			"spec.volumeMode",
			"spec.persistentVolumeSource",
			...["csi", "hostPath", "iscsi", "local", "nfs"].map((source) => `spec.${source}`),
		],
	},
	persistent_volume_claim: {
		onlyMutable: ["spec.resources", "spec.volumeAttributesClassName"],
	},
	pod: {
		onlyMutable: [
			"spec.activeDeadlineSeconds",
			"spec.container.image",
			"spec.containers.image",
			"spec.initContainer.image",
			"spec.initContainers.image",
			"spec.toleration",
			"spec.tolerations",
		],
	},
	priority_class: { fields: ["preemptionPolicy", "value"] },
	role_binding: roleRef,
	runtime_class: { fields: ["handler"] },
	secret: { fields: ["type"], ...data },
	service: { fields: ["spec.clusterIP", "spec.clusterIp"], firsts: ["spec.ipFamilies"] },
	stateful_set: {
		rollingUpdate: { path: "spec.updateStrategy", of: "all" },
		onlyMutable: [
			"spec.minReadySeconds",
			"spec.ordinals",
			"spec.persistentVolumeClaimRetentionPolicy",
			"spec.replicas",
			"spec.revisionHistoryLimit",
			"spec.template",
			"spec.updateStrategy",
		],
	},
	storage_class: {
		fields: ["parameters", "provisioner", "reclaimPolicy", "storageProvisioner", "volumeBindingMode"],
	},
};

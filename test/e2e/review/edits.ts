/** Arguments of a resource, or a manifest. */
export type Fields = Readonly<Record<string, unknown>>;

/** An object, and the argument that a change sets. */
export interface Edit {
	/** Type of the resource, or kind of the manifest. */
	readonly of: string;
	readonly path: string;
	readonly value: unknown;
}

const named = (more: Fields = {}): Fields => ({ metadata: { namespace: "default" }, ...more });
const everywhere = (more: Fields): Fields => ({ metadata: {}, ...more });
const labels = { app: "a" };
const pods = { metadata: { labels }, spec: { container: [{ name: "a", image: "a:1" }] } };
const manifestPods = { metadata: { labels }, spec: { containers: [{ name: "a", image: "a:1" }] } };
const workload = { wait_for_rollout: false, spec: { selector: { match_labels: labels }, template: pods } };
const manifestWorkload = {
	apiVersion: "apps/v1",
	spec: { selector: { matchLabels: labels }, template: manifestPods },
};
const oneRole = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" };
const onePerson = { apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "alice" };
const claim = {
	metadata: { name: "data" },
	spec: { access_modes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
};

/** What is there before, by type or kind; its name is set for each edit. */
export const objects: Readonly<Record<string, Fields>> = {
	kubernetes_deployment_v1: named(workload),
	kubernetes_daemon_set_v1: named(workload),
	kubernetes_stateful_set_v1: named({
		...workload,
		spec: { ...workload.spec, service_name: "a", volume_claim_template: [claim] },
	}),
	kubernetes_service_v1: named({ spec: { selector: labels, port: [{ port: 80 }] } }),
	kubernetes_persistent_volume_v1: everywhere({
		spec: {
			capacity: { storage: "1Gi" },
			access_modes: ["ReadWriteOnce"],
			persistent_volume_source: { nfs: { server: "192.0.2.1", path: "/a" } },
		},
	}),
	kubernetes_storage_class_v1: everywhere({ storage_provisioner: "example.org/a", reclaim_policy: "Delete" }),
	kubernetes_ingress_class_v1: everywhere({ spec: { controller: "example.org/a" } }),
	kubernetes_config_map_v1: named({ data: { a: "1" } }),
	Deployment: named({ kind: "Deployment", ...manifestWorkload }),
	StatefulSet: named({ kind: "StatefulSet", ...manifestWorkload }),
	DaemonSet: named({ kind: "DaemonSet", ...manifestWorkload }),
	Job: named({
		apiVersion: "batch/v1",
		kind: "Job",
		spec: { template: { spec: { ...manifestPods.spec, restartPolicy: "Never" } } },
	}),
	PersistentVolumeClaim: named({
		apiVersion: "v1",
		kind: "PersistentVolumeClaim",
		spec: {
			accessModes: ["ReadWriteOnce"],
			storageClassName: "a",
			resources: { requests: { storage: "2Gi" } },
		},
	}),
	PersistentVolume: everywhere({
		apiVersion: "v1",
		kind: "PersistentVolume",
		spec: {
			capacity: { storage: "1Gi" },
			accessModes: ["ReadWriteOnce"],
			nfs: { server: "192.0.2.1", path: "/a" },
		},
	}),
	StorageClass: everywhere({
		apiVersion: "storage.k8s.io/v1",
		kind: "StorageClass",
		provisioner: "example.org/a",
	}),
	RoleBinding: named({
		apiVersion: "rbac.authorization.k8s.io/v1",
		kind: "RoleBinding",
		roleRef: oneRole,
		subjects: [onePerson],
	}),
	Secret: named({ apiVersion: "v1", kind: "Secret", type: "Opaque" }),
	ConfigMap: named({ apiVersion: "v1", kind: "ConfigMap", immutable: true, data: { a: "1" } }),
	PriorityClass: everywhere({ apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", value: 100 }),
	Service: named({ apiVersion: "v1", kind: "Service", spec: { selector: labels, ports: [{ port: 80 }] } }),
	CSIDriver: everywhere({
		apiVersion: "storage.k8s.io/v1",
		kind: "CSIDriver",
		spec: { attachRequired: true },
	}),
	RuntimeClass: everywhere({ apiVersion: "node.k8s.io/v1", kind: "RuntimeClass", handler: "a" }),
	Pod: named({ apiVersion: "v1", kind: "Pod", spec: manifestPods.spec }),
};

/** Changes, half of which the API server or the provider refuses. */
export const edits: readonly Edit[] = (
	[
		["kubernetes_deployment_v1", "spec.template.spec.container.0.image", "a:2"],
		["kubernetes_deployment_v1", "spec.strategy", { type: "Recreate" }],
		["kubernetes_daemon_set_v1", "spec.selector.match_labels.app", "b"],
		["kubernetes_daemon_set_v1", "spec.strategy", { type: "OnDelete" }],
		["kubernetes_stateful_set_v1", "spec.volume_claim_template.0.spec.resources.requests.storage", "2Gi"],
		["kubernetes_stateful_set_v1", "spec.min_ready_seconds", 5],
		["kubernetes_stateful_set_v1", "spec.update_strategy", [{ type: "OnDelete" }]],
		["kubernetes_stateful_set_v1", "spec.replicas", 2],
		["kubernetes_service_v1", "spec.ip_families", ["IPv6"]],
		["kubernetes_service_v1", "spec.port.0.port", 81],
		["kubernetes_persistent_volume_v1", "spec.capacity.storage", "2Gi"],
		["kubernetes_persistent_volume_v1", "spec.persistent_volume_reclaim_policy", "Delete"],
		["kubernetes_storage_class_v1", "reclaim_policy", "Retain"],
		["kubernetes_storage_class_v1", "allow_volume_expansion", false],
		["kubernetes_ingress_class_v1", "spec.controller", "example.org/b"],
		["kubernetes_config_map_v1", "data.a", "2"],
		["Deployment", "spec.selector.matchLabels.app", "b"],
		["Deployment", "spec.replicas", 2],
		["Deployment", "spec.strategy", { type: "Recreate" }],
		["StatefulSet", "spec.serviceName", "b"],
		["StatefulSet", "spec.podManagementPolicy", "Parallel"],
		["StatefulSet", "spec.podManagementPolicy", "OrderedReady"],
		["StatefulSet", "spec.updateStrategy", { type: "OnDelete" }],
		[
			"StatefulSet",
			"spec.persistentVolumeClaimRetentionPolicy",
			{ whenDeleted: "Delete", whenScaled: "Delete" },
		],
		["DaemonSet", "spec.updateStrategy", { type: "OnDelete" }],
		["Job", "spec.template.spec.containers.0.image", "a:2"],
		["Job", "spec.completions", 2],
		["Job", "spec.backoffLimit", 2],
		["PersistentVolumeClaim", "spec.accessModes", ["ReadWriteMany"]],
		["PersistentVolumeClaim", "spec.storageClassName", "b"],
		["PersistentVolumeClaim", "spec.resources.requests.storage", "1Gi"],
		["PersistentVolume", "spec.nfs.path", "/b"],
		["PersistentVolume", "spec.mountOptions", ["soft"]],
		["StorageClass", "reclaimPolicy", "Retain"],
		["StorageClass", "reclaimPolicy", "Delete"],
		["StorageClass", "parameters", { a: "1" }],
		["StorageClass", "mountOptions", ["soft"]],
		["StorageClass", "allowVolumeExpansion", true],
		["RoleBinding", "roleRef.name", "edit"],
		["RoleBinding", "subjects.0.name", "bob"],
		["Secret", "type", "example.org/a"],
		["ConfigMap", "data.a", "2"],
		["ConfigMap", "immutable", false],
		["ConfigMap", "metadata.labels", { a: "b" }],
		["PriorityClass", "value", 200],
		["PriorityClass", "preemptionPolicy", "Never"],
		["PriorityClass", "description", "a"],
		["Service", "spec.clusterIP", "None"],
		["Service", "spec.ipFamilies", ["IPv6"]],
		["Service", "spec.ipFamilies", ["IPv4"]],
		["CSIDriver", "spec.attachRequired", false],
		["CSIDriver", "spec.fsGroupPolicy", "None"],
		["CSIDriver", "spec.volumeLifecycleModes", ["Ephemeral"]],
		["RuntimeClass", "handler", "b"],
		["Pod", "spec.containers.0.image", "a:2"],
		["Pod", "spec.containers.0.command", ["x"]],
		["Pod", "spec.activeDeadlineSeconds", 100],
	] as const
).map(([of, path, value]) => ({ of, path, value }));

/** Annotations by which pods are rolled when something that they read has changed. */
export const rollOnChange = {
	/** On a pod template: checksum of the files that the pod mounts. */
	checksum: "checksum/config",
	/** On a workload: Reloader restarts it when a matching object changes. */
	search: "reloader.stakater.com/search",
	/** On a workload: Reloader restarts it when any object changes that it refers to. */
	auto: "reloader.stakater.com/auto",
	/** On a Secret or ConfigMap: Reloader restarts workloads with `search` that use it. */
	match: "reloader.stakater.com/match",
} as const;

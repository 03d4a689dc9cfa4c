import type { ApiMetadata, ApiPod, ApiWorkload } from "./api-objects.ts";

const revision = "deployment.kubernetes.io/revision";
/** What the controller still counts by, though the API calls the annotation deprecated. */
const generation = "deprecated.daemonset.template.generation";

/** An object of a namespace: pods, and the ReplicaSets between a Deployment and its pods. */
export type NamespaceObject = ApiPod & { readonly kind?: string };

/** Pods of a workload that have its newest template: those before are to go anyway, and tell nothing. */
export function currentPods(workload: ApiWorkload, objects: readonly NamespaceObject[]): readonly ApiPod[] {
	const { kind, metadata, status } = workload;
	const pods = objects.filter((object) => object.kind === "Pod");
	const owned = pods.filter((pod) => isOwned(pod.metadata, metadata));
	if (kind === "Deployment") {
		const sets = objects.filter(
			(object) =>
				object.kind === "ReplicaSet" &&
				isOwned(object.metadata, metadata) &&
				object.metadata.annotations?.[revision] === metadata.annotations?.[revision],
		);
		return pods.filter((pod) => sets.some((set) => isOwned(pod.metadata, set.metadata)));
	}
	if (kind === "StatefulSet")
		return owned.filter(({ metadata: pod }) =>
			hasLabel(pod, "controller-revision-hash", status?.updateRevision),
		);
	if (kind === "DaemonSet")
		return owned.filter(({ metadata: pod }) =>
			hasLabel(pod, "pod-template-generation", metadata.annotations?.[generation]),
		);
	return owned;
}

function isOwned({ ownerReferences = [] }: ApiMetadata, { uid }: ApiMetadata): boolean {
	return uid !== undefined && ownerReferences.some((owner) => owner.uid === uid);
}

/** Whether a label is as it should be, which holds where that is not known. */
function hasLabel({ labels = {} }: ApiMetadata, key: string, wanted: string | undefined): boolean {
	return wanted === undefined || labels[key] === wanted;
}

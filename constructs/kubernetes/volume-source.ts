import type { DeploymentV1SpecTemplateSpecVolume } from "@cdktf/provider-kubernetes/lib/deployment-v1/index.js";

/** Something that a container can mount. */
export interface VolumeSource {
	/** Name of the volume inside a pod. */
	readonly volumeName: string;
	/** Entry of the pod's `volumes`; absent for claims that a stateful set makes for each of its pods. */
	readonly podVolume?: Omit<DeploymentV1SpecTemplateSpecVolume, "name">;
	/** Checksum of the content, if a change of it must roll the pods. */
	readonly checksum?: string;
}

/** An emptyDir volume. */
export function scratchSpace(volumeName: string, sizeLimit: string): VolumeSource {
	return { volumeName, podVolume: { emptyDir: { sizeLimit } } };
}

/** Keys of a Secret as files that only the pod's user can read. Reloader rolls the pods when they change. */
export function secretFiles(volumeName: string, secretName: string): VolumeSource {
	return { volumeName, podVolume: { secret: { secretName, defaultMode: "0400" } } };
}

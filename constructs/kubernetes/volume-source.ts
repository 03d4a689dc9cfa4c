import type { DeploymentV1SpecTemplateSpecVolume } from "@cdktf/provider-kubernetes/lib/deployment-v1/index.js";
import { defined } from "../../config/schema/defined.ts";

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

/** Directory of {@link vaultToken} in a container, and the file in it. */
export const vaultTokenPath = {
	directory: "/var/run/secrets/vault",
	file: "/var/run/secrets/vault/token",
} as const;

/**
 * The token of the pod's service account for a login to Vault; the kubelet renews it.
 *
 * @param audience for which it is issued @default the API server, where it then is worth as much
 */
export function vaultToken(audience: string | undefined): VolumeSource {
	const token = { path: "token", expirationSeconds: 600, ...defined({ audience }) };
	return {
		volumeName: "vault-token",
		podVolume: { projected: [{ sources: [{ serviceAccountToken: token }] }] },
	};
}

/** Keys of a Secret as files that only the pod's user can read. Reloader rolls the pods when they change. */
export function secretFiles(volumeName: string, secretName: string): VolumeSource {
	return { volumeName, podVolume: { secret: { secretName, defaultMode: "0400" } } };
}

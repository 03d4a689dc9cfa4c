import { createHash } from "node:crypto";
import type { DeploymentV1SpecTemplate } from "@cdktf/provider-kubernetes/lib/deployment-v1/index.js";
import { rollOnChange } from "./annotations.ts";
import type { ApiAccess } from "./api-access.ts";
import { type ContainerProps, renderContainer } from "./container.ts";

export interface PodProps {
	readonly containers: readonly ContainerProps[];
	/** Numeric user and group of every process, and owner of its volumes. */
	readonly user: { readonly uid: number; readonly gid: number };
	/** Identity whose API token every container can read. @default none, and no token */
	readonly apiAccess?: ApiAccess;
	/** Annotations of the pod, such as those that Prometheus discovers targets by. */
	readonly podAnnotations?: Readonly<Record<string, string>>;
	/** Keep the pods on different nodes: always, or where there is room. @default anywhere */
	readonly spread?: "required" | "preferred";
	/** Time from the request to stop until the kill, `preStop` included. @default 30 */
	readonly terminationGracePeriodSeconds?: number;
	/** @default Always */
	readonly restartPolicy?: "Always" | "OnFailure" | "Never";
}

/** The pod template of any pod-owning kind. It carries no API token unless asked to, and no cluster-wide environment. */
export function renderPodTemplate(labels: Record<string, string>, props: PodProps): DeploymentV1SpecTemplate {
	const { containers, user, podAnnotations = {}, spread, terminationGracePeriodSeconds = 30 } = props;
	const mounts = containers.flatMap(({ mounts = [] }) => mounts);
	const volumes = new Map(mounts.map(({ volume }) => [volume.volumeName, volume]));
	const checksums = [...volumes.values()].flatMap(({ checksum }) =>
		checksum === undefined ? [] : [checksum],
	);
	const annotations = {
		...podAnnotations,
		...(checksums.length > 0 ? { [rollOnChange.checksum]: combined(checksums) } : {}),
	};
	const term = { topologyKey: "kubernetes.io/hostname", labelSelector: [{ matchLabels: labels }] };
	return {
		metadata: { labels, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) },
		spec: {
			automountServiceAccountToken: props.apiAccess !== undefined,
			...(props.apiAccess ? { serviceAccountName: props.apiAccess.serviceAccount } : {}),
			enableServiceLinks: false,
			terminationGracePeriodSeconds,
			...(props.restartPolicy ? { restartPolicy: props.restartPolicy } : {}),
			securityContext: {
				runAsNonRoot: true,
				runAsUser: String(user.uid),
				runAsGroup: String(user.gid),
				fsGroup: String(user.gid),
				fsGroupChangePolicy: "OnRootMismatch",
				seccompProfile: { type: "RuntimeDefault" },
			},
			...(spread === undefined
				? {}
				: {
						affinity: {
							podAntiAffinity:
								spread === "required"
									? { requiredDuringSchedulingIgnoredDuringExecution: [term] }
									: {
											preferredDuringSchedulingIgnoredDuringExecution: [
												{ weight: 100, podAffinityTerm: term },
											],
										},
						},
					}),
			container: containers.map(renderContainer),
			volume: [...volumes.values()].flatMap(({ volumeName, podVolume }) =>
				podVolume === undefined ? [] : [{ name: volumeName, ...podVolume }],
			),
		},
	};
}

/** One checksum stays as it is, so that it can be compared with the file; several become one. */
function combined(checksums: readonly string[]): string {
	const [only = "", ...others] = checksums;
	return others.length === 0 ? only : createHash("sha256").update(checksums.join()).digest("hex");
}

import { createHash } from "node:crypto";
import type { DeploymentV1SpecTemplate } from "@cdktf/provider-kubernetes/lib/deployment-v1/index.js";
import { defined } from "../../config/schema/defined.ts";
import { rollOnChange } from "./annotations.ts";
import type { ApiAccess } from "./api-access.ts";
import { type Capability, type ContainerProps, renderContainer } from "./container.ts";
import type { PodSet } from "./workload.ts";

/** Numeric user and group of every process, and owner of its volumes. */
export interface PodUser {
	readonly uid: number;
	readonly gid: number;
}

/** Runs as root with only the listed capabilities, for an image that cannot start as another user. */
export interface RootUser {
	readonly rootWith: readonly Capability[];
}

export interface PodProps {
	readonly containers: readonly ContainerProps[];
	readonly user: PodUser | RootUser;
	/** Identity whose API token every container can read. @default none, and no token */
	readonly apiAccess?: ApiAccess;
	/**
	 * Identity that logs in to Vault, by a token which containers mount as `vaultToken`; nobody gets one for the API.
	 * Not together with `apiAccess`. @default none
	 */
	readonly vaultLogin?: ApiAccess;
	/** Annotations of the pod, such as those that Prometheus discovers targets by. */
	readonly podAnnotations?: Readonly<Record<string, string>>;
	/** Anti-affinity between the pods, by node: required, or preferred. @default none */
	readonly spread?: "required" | "preferred";
	/** Pods to share a node with: a block volume is attached to one node. */
	readonly beside?: PodSet;
	/** Seconds from the request to stop until the kill, `preStop` included. @default 30 */
	readonly terminationGracePeriodSeconds?: number;
	/** @default Always */
	readonly restartPolicy?: "Always" | "OnFailure" | "Never";
}

/**
 * The pod template of a workload. It has no API token unless `apiAccess` is given, and no environment variables of
 * Services.
 */
export function renderPodTemplate(labels: Record<string, string>, props: PodProps): DeploymentV1SpecTemplate {
	const { containers, user, podAnnotations = {}, terminationGracePeriodSeconds = 30 } = props;
	const account = props.apiAccess ?? props.vaultLogin;
	const mounts = containers.flatMap(({ mounts = [] }) => mounts);
	const volumes = new Map(mounts.map(({ volume }) => [volume.volumeName, volume]));
	const checksums = [...volumes.values()].flatMap(({ checksum }) =>
		checksum === undefined ? [] : [checksum],
	);
	const annotations = {
		...podAnnotations,
		...(checksums.length > 0 ? { [rollOnChange.checksum]: combined(checksums) } : {}),
	};
	return {
		metadata: { labels, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) },
		spec: {
			automountServiceAccountToken: props.apiAccess !== undefined,
			...(account ? { serviceAccountName: account.serviceAccount } : {}),
			enableServiceLinks: false,
			terminationGracePeriodSeconds,
			...defined({ restartPolicy: props.restartPolicy }),
			securityContext: {
				...("rootWith" in user
					? { runAsUser: "0", runAsGroup: "0" }
					: {
							runAsNonRoot: true,
							runAsUser: String(user.uid),
							runAsGroup: String(user.gid),
							fsGroup: String(user.gid),
							fsGroupChangePolicy: "OnRootMismatch",
						}),
				seccompProfile: { type: "RuntimeDefault" },
			},
			...placement(labels, props),
			container: containers.map((container) =>
				renderContainer(container, "rootWith" in user ? user.rootWith : undefined),
			),
			volume: [...volumes.values()].flatMap(({ volumeName, podVolume }) =>
				podVolume === undefined ? [] : [{ name: volumeName, ...podVolume }],
			),
		},
	};
}

/** Anti-affinity among the pods, or affinity to others. */
function placement(labels: Record<string, string>, { spread, beside }: Pick<PodProps, "spread" | "beside">) {
	const term = (matchLabels: Record<string, string>) => ({
		topologyKey: "kubernetes.io/hostname",
		labelSelector: [{ matchLabels }],
	});
	if (spread === undefined && beside === undefined) return {};
	return {
		affinity: {
			...(beside
				? { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term({ ...beside.selector })] } }
				: {}),
			...(spread === "required"
				? { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term(labels)] } }
				: {}),
			...(spread === "preferred"
				? {
						podAntiAffinity: {
							preferredDuringSchedulingIgnoredDuringExecution: [
								{ weight: 100, podAffinityTerm: term(labels) },
							],
						},
					}
				: {}),
		},
	};
}

/**
 * A single checksum is used unchanged, so that it can be compared with that of the file; several are hashed together.
 */
function combined(checksums: readonly string[]): string {
	const [only = "", ...others] = checksums;
	return others.length === 0 ? only : createHash("sha256").update(checksums.join()).digest("hex");
}

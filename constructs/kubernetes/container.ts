import type { DeploymentV1SpecTemplateSpecContainer } from "@cdktf/provider-kubernetes/lib/deployment-v1/index.js";
import { defined } from "../../config/schema/defined.ts";
import { formatBytes } from "../../config/schema/primitives.ts";
import type { VolumeSource } from "./volume-source.ts";

/** A probe of the kubelet. Times are in seconds, as in the API. */
export type Probe = {
	readonly periodSeconds?: number;
	readonly timeoutSeconds?: number;
	readonly failureThreshold?: number;
	readonly initialDelaySeconds?: number;
} & (
	| { readonly exec: readonly string[] }
	/** Path of an HTTP GET on a named port. */
	| { readonly httpGet: string; readonly port: string }
	| { readonly tcp: string }
);

export interface Mount {
	readonly path: string;
	readonly volume: VolumeSource;
	/** Directory inside the volume. @default its root */
	readonly subPath?: string;
	/** @default false */
	readonly readOnly?: boolean;
}

/** Linux capabilities that Pod Security allows at level `baseline` (capabilities(7)). */
export type Capability =
	| "CHOWN"
	| "DAC_OVERRIDE"
	| "FOWNER"
	| "FSETID"
	| "KILL"
	| "NET_BIND_SERVICE"
	| "SETGID"
	| "SETUID"
	| "SYS_CHROOT";

export interface ContainerProps {
	readonly name: string;
	readonly image: string;
	/** @default the image's entry point */
	readonly command?: readonly string[];
	readonly args?: readonly string[];
	/** Port numbers by name. */
	readonly ports?: Readonly<Record<string, number>>;
	/** Environment: text, or a field of the pod (downward API). Secrets come from `secrets`. */
	readonly env?: Readonly<Record<string, string | { readonly field: string }>>;
	/** Variables taken from keys of Secrets at the start of the container. */
	readonly secrets?: Readonly<Record<string, { readonly secret: string; readonly key: string }>>;
	/** CPU request, such as `50m`. There is never a limit: CPU shares are fair without throttling. */
	readonly cpu: string;
	/** Memory limit in bytes, and the request unless `memoryRequest` is given. */
	readonly memory: number;
	/** Memory request in bytes, at most `memory`; only tiers 3 and 4 may overcommit. @default memory */
	readonly memoryRequest?: number;
	readonly mounts?: readonly Mount[];
	/** Whether the root file system is writable. @default false */
	readonly writableRoot?: boolean;
	/** Whether it runs set-group-ID programs, such as Postfix' own `postdrop`. @default false */
	readonly setIdPrograms?: boolean;
	readonly liveness?: Probe;
	readonly readiness?: Probe;
	readonly startup?: Probe;
	/** Runs before the container is told to stop; the pod's grace period includes it. */
	readonly preStop?: readonly string[];
}

/**
 * Renders a container: unprivileged, with a read-only root file system unless it asks otherwise.
 *
 * @param capabilities capabilities of root that it keeps; undefined when it does not run as root
 */
export function renderContainer(
	props: ContainerProps,
	capabilities: readonly Capability[] | undefined,
): DeploymentV1SpecTemplateSpecContainer {
	const { name, image, command, args, ports = {}, env = {}, secrets = {}, cpu, memory } = props;
	const {
		memoryRequest = memory,
		mounts = [],
		liveness,
		readiness,
		startup,
		preStop,
		writableRoot = false,
		setIdPrograms = false,
	} = props;
	return {
		name,
		image,
		...(command ? { command: [...command] } : {}),
		...(args ? { args: [...args] } : {}),
		port: Object.entries(ports).map(([name, containerPort]) => ({ name, containerPort })),
		env: [
			...Object.entries(env).map(([name, value]) =>
				typeof value === "string"
					? { name, value }
					: { name, valueFrom: { fieldRef: { fieldPath: value.field } } },
			),
			...Object.entries(secrets).map(([name, { secret, key }]) => ({
				name,
				valueFrom: { secretKeyRef: { name: secret, key } },
			})),
		],
		resources: {
			requests: { cpu, memory: formatBytes(memoryRequest) },
			limits: { memory: formatBytes(memory) },
		},
		volumeMount: mounts.map(({ path, volume, subPath, readOnly = false }) => ({
			name: volume.volumeName,
			mountPath: path,
			...defined({ subPath }),
			readOnly,
		})),
		...(liveness ? { livenessProbe: renderProbe(liveness) } : {}),
		...(readiness ? { readinessProbe: renderProbe(readiness) } : {}),
		...(startup ? { startupProbe: renderProbe(startup) } : {}),
		...(preStop ? { lifecycle: { preStop: [{ exec: { command: [...preStop] } }] } } : {}),
		securityContext: {
			// Left out, because the provider would write `false`, which overrides the setting of the pod.
			...(capabilities === undefined ? { runAsNonRoot: true } : {}),
			allowPrivilegeEscalation: setIdPrograms,
			capabilities: { drop: ["ALL"], ...(capabilities?.length ? { add: [...capabilities] } : {}) },
			readOnlyRootFilesystem: !writableRoot,
		},
	};
}

function renderProbe(probe: Probe) {
	const { periodSeconds = 10, timeoutSeconds = 3, failureThreshold = 3, initialDelaySeconds = 0 } = probe;
	return {
		periodSeconds,
		timeoutSeconds,
		failureThreshold,
		initialDelaySeconds,
		...("exec" in probe ? { exec: { command: [...probe.exec] } } : {}),
		...("httpGet" in probe ? { httpGet: { path: probe.httpGet, port: probe.port } } : {}),
		...("tcp" in probe ? { tcpSocket: [{ port: probe.tcp }] } : {}),
	};
}

import { formatBytes } from "../../../config/schema/primitives.ts";
import { MiB } from "../../../config/schema/quantity.ts";
import type { Site } from "../../../config/schema/site.ts";
import { VisibleError } from "../../../config/schema/visible-error.ts";
import { type ChartResources, chartResources } from "../../kubernetes/chart-resources.ts";
import { classFor } from "../../kubernetes/data-kinds.ts";
import { growthAnnotations } from "../../kubernetes/growth.ts";
import { raftConfig, serverPaths, serverPorts } from "./raft-config.ts";

interface Volume {
	readonly enabled: true;
	readonly size: string;
	readonly storageClass: string;
	readonly mountPath: string;
	readonly annotations: Readonly<Record<string, string>>;
}

interface Sidecar {
	readonly name: string;
	readonly image: string;
	readonly command: readonly string[];
	readonly env: readonly { readonly name: string; readonly value: string }[];
	readonly resources: ChartResources;
	readonly volumeMounts: readonly {
		readonly name: string;
		readonly mountPath: string;
		readonly readOnly: true;
	}[];
	readonly securityContext: {
		readonly allowPrivilegeEscalation: false;
		readonly readOnlyRootFilesystem: true;
		readonly capabilities: { readonly drop: readonly ["ALL"] };
	};
}

/** Keys of the chart `vault` 0.34 that are set here. */
export interface VaultValues {
	readonly global: { readonly enabled: true };
	readonly injector: { readonly enabled: false };
	readonly csi: { readonly enabled: false };
	readonly ui: { readonly enabled: true };
	readonly server: {
		readonly enabled: true;
		readonly image: { readonly repository: string; readonly tag: string };
		readonly updateStrategyType: "OnDelete";
		readonly resources: ChartResources;
		readonly tolerations: readonly {
			readonly key: string;
			readonly operator: "Exists";
			readonly effect: "NoSchedule";
		}[];
		readonly dataStorage: Volume;
		readonly auditStorage: Volume;
		readonly standalone: { readonly enabled: false };
		readonly ha: {
			readonly enabled: true;
			readonly replicas: number;
			readonly raft: { readonly enabled: true; readonly setNodeId: true; readonly config: string };
			readonly disruptionBudget: { readonly enabled: true; readonly maxUnavailable: number };
		};
		readonly extraVolumes: readonly { readonly type: "secret" | "configMap"; readonly name: string }[];
		readonly extraContainers: readonly Sidecar[];
	};
}

/** Namespace of the server. */
export const serverNamespace = "vault";

/** Name of the release, its StatefulSet and its service account. */
export const serverName = "vault";

/**
 * Values of the server's release. Budget, update strategy and image are explicit, so that a new version of the chart
 * cannot change them.
 *
 * @param unsealScript name of the ConfigMap that holds `auto-unseal.sh`
 */
export function vaultValues(site: Site, unsealScript: string): VaultValues {
	const { server } = site.vault;
	if (server.kind !== "chart") throw new VisibleError("vault.server: the server is not one of this stack");
	const { image, replicas, memory, dataVolume, auditVolume, toleratedTaints, unsealSecret } = server;
	const tagStart = image.lastIndexOf(":");
	const volume = (bytes: number, mountPath: string): Volume => ({
		enabled: true,
		size: formatBytes(bytes),
		storageClass: classFor(site, "database"),
		mountPath,
		annotations: growthAnnotations(site.storage, formatBytes(bytes * 4)),
	});
	// The chart names the volume after its source, and mounts it in the server as well.
	const mounted = (name: string, mountPath: string) =>
		({ name: `userconfig-${name}`, mountPath, readOnly: true }) as const;
	return {
		global: { enabled: true },
		injector: { enabled: false },
		csi: { enabled: false },
		ui: { enabled: true },
		server: {
			enabled: true,
			image: { repository: image.slice(0, tagStart), tag: image.slice(tagStart + 1) },
			// Operators replace the pods one by one: restarting all at once would seal them all.
			updateStrategyType: "OnDelete",
			resources: { ...chartResources(memory), requests: { cpu: "100m", memory: formatBytes(memory) } },
			tolerations: toleratedTaints.map((key) => ({ key, operator: "Exists", effect: "NoSchedule" })),
			dataStorage: volume(dataVolume, serverPaths.data),
			auditStorage: volume(auditVolume, serverPaths.audit),
			standalone: { enabled: false },
			ha: {
				enabled: true,
				replicas,
				raft: { enabled: true, setNodeId: true, config: raftConfig(serverName, replicas) },
				disruptionBudget: { enabled: true, maxUnavailable: (replicas - 1) / 2 },
			},
			extraVolumes: [
				{ type: "secret", name: unsealSecret.name },
				{ type: "configMap", name: unsealScript },
			],
			extraContainers: [
				{
					name: "auto-unseal",
					image,
					command: ["/bin/sh", "/vault/scripts/auto-unseal.sh"],
					env: [
						{ name: "VAULT_ADDR", value: `http://127.0.0.1:${serverPorts.api}` },
						{ name: "UNSEAL_KEY_FILE", value: `/vault/unseal-key/${unsealSecret.key}` },
						{ name: "INTERVAL", value: "10" },
					],
					resources: chartResources(128 * MiB),
					volumeMounts: [
						mounted(unsealSecret.name, "/vault/unseal-key"),
						mounted(unsealScript, "/vault/scripts"),
					],
					securityContext: {
						allowPrivilegeEscalation: false,
						readOnlyRootFilesystem: true,
						capabilities: { drop: ["ALL"] },
					},
				},
			],
		},
	};
}

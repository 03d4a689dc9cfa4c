import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { tiers } from "../../../config/tiers.ts";
import { HelmChart } from "../../kubernetes/helm-chart.ts";
import { TieredNamespace } from "../../kubernetes/namespace.ts";
import { ephemeralJson } from "../../secrets/ephemeral-json.ts";
import { EphemeralVaultSecret } from "../../secrets/ephemeral-vault-secret.ts";
import { WriteOnlySecret } from "../../secrets/write-only-secret.ts";
import { siteOf } from "../../site.ts";
import { proxmoxCsiValues } from "./proxmox-values.ts";
import { luksSecret } from "./storage-classes.ts";

export interface ProxmoxCsiProps {
	/** Kinds of volume snapshots, without which the snapshotter does not start. */
	readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * Driver of the block classes (docs/reference/storage.md#drivers): a volume is a thin logical volume of the hypervisor,
 * attached to the virtual machine of the node. API token and LUKS passphrase are copied from Vault to the cluster and
 * are not in the state.
 */
export class ProxmoxCsi extends Construct {
	readonly namespace: TieredNamespace;

	constructor(scope: Construct, id: string, { dependsOn }: ProxmoxCsiProps) {
		super(scope, id);
		const site = siteOf(this);
		const { proxmox, encryption } = site.storage.block;
		this.namespace = new TieredNamespace(this, "namespace", {
			name: "proxmox-csi",
			tier: tiers.cluster,
			// A node plugin per node, each with the memory that opening a LUKS volume takes, would exceed the quota.
			withoutQuota: true,
			// The node plugin formats and mounts block devices of its node.
			podSecurity: "privileged",
		});

		const token = new EphemeralVaultSecret(this, "token", {
			path: proxmox.token.vaultPath,
			version: proxmox.token.version,
		});
		const config = new WriteOnlySecret(this, "config", {
			namespace: this.namespace,
			name: "proxmox-csi-config",
			data: {
				"config.yaml": ephemeralJson({
					clusters: [
						{
							url: `https://${site.network.hosts[proxmox.host]?.address}:${proxmox.port}/api2/json`,
							insecure: !proxmox.verifyCertificate,
							token_id: token.value("token_id"),
							token_secret: token.value("token_secret"),
							region: proxmox.region,
						},
					],
				}),
			},
			revision: proxmox.token.version,
		});
		const passphrase = new EphemeralVaultSecret(this, "passphrase", {
			path: encryption.vaultPath,
			version: encryption.version,
		});
		new WriteOnlySecret(this, "luks", {
			namespace: { name: luksSecret.namespace },
			name: luksSecret.name,
			data: { [luksSecret.key]: passphrase.value("encryption_passphrase") },
			revision: encryption.version,
			opensData: true,
		});

		const chart = new HelmChart(this, "chart", {
			namespace: this.namespace,
			name: "proxmox-csi-plugin",
			chart: site.storage.charts.proxmoxCsi,
			values: proxmoxCsiValues(site, {
				secret: config.secretName,
				revision: proxmox.token.version,
			}),
			dependsOn: [config.resource, ...dependsOn],
		});
		chart.waive(
			"pod-confined",
			["DaemonSet/proxmox-csi-plugin-node"],
			"The node plugin formats, opens and mounts block devices of its node for pods there.",
		);
		chart.waive(
			"memory-guaranteed",
			["DaemonSet/proxmox-csi-plugin-node"],
			"Opening a LUKS volume takes much memory for seconds; reserving it would take it from every node for good.",
		);
		chart.waive(
			"config-rolls-readers",
			["Deployment/proxmox-csi-plugin-controller"],
			"Its pods carry the token's revision, which rolls them; the Secret changes with nothing else.",
		);
	}
}

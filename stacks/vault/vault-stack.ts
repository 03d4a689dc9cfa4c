import { Aspects, TerraformResource } from "cdktf";
import type { Construct } from "constructs";
import { pipelineOwners } from "../../config/registry/derive.ts";
import { constructIds, ownerNames } from "../../config/registry/owner-names.ts";
import { hours } from "../../config/schema/duration.ts";
import { httpUrl } from "../../config/schema/endpoints.ts";
import { MiB } from "../../config/schema/quantity.ts";
import { vaultAudience } from "../../config/schema/vault.ts";
import { tiers } from "../../config/tiers.ts";
import { ApiAccess } from "../../constructs/kubernetes/api-access.ts";
import { BackupTask } from "../../constructs/kubernetes/backup-task.ts";
import { Ingress } from "../../constructs/kubernetes/ingress.ts";
import { TieredNamespace } from "../../constructs/kubernetes/namespace.ts";
import { vaultToken, vaultTokenPath } from "../../constructs/kubernetes/volume-source.ts";
import { AlertRules } from "../../constructs/monitoring/alert-rules.ts";
import { registryOf } from "../../constructs/registry.ts";
import { TlsSecret } from "../../constructs/secrets/tls-secret.ts";
import { SecretsReader, soleOwner } from "../../constructs/tenants/secrets-reader.ts";
import { TenantNamespace } from "../../constructs/tenants/tenant-namespace.ts";
import { VaultOwner } from "../../constructs/tenants/vault-owner.ts";
import { AccessFromOutside, accessFromInside } from "../../constructs/vault/cluster-access.ts";
import { VaultContents } from "../../constructs/vault/contents.ts";
import { vaultAlerts } from "../../constructs/vault/server/alerts.ts";
import { serverPorts } from "../../constructs/vault/server/raft-config.ts";
import { serverNamespace } from "../../constructs/vault/server/values.ts";
import { VaultServer, vaultScript } from "../../constructs/vault/server/vault-server.ts";
import { waive } from "../../world/waiver.ts";
import type { StackFacts } from "../declaration.ts";
import { InfraStack } from "../infra-stack.ts";

/** Service of the leader, made by the chart. */
const active = "vault-active";

/** Role of the backup, and name of its objects. */
const backup = "vault-raft-backup";

/** User of the official image. */
const vaultUser = { uid: 100, gid: 1000 };

/**
 * Vault: the server, or the rights of one outside the cluster; and, once it is initialised, its content: engines, auth
 * methods, policies, the namespaces of tenants and the identities of owners.
 */
export class VaultStack extends InfraStack {
	constructor(scope: Construct, facts: StackFacts) {
		super(scope, facts);
		const { vault, cluster } = this.site;
		const namespace = new TieredNamespace(this, "namespace", {
			name: serverNamespace,
			tier: tiers.core,
			holdsData: true,
		});
		const server =
			vault.server.kind === "chart"
				? new VaultServer(this, "server", {
						namespace,
						clients: [
							cluster.ingress.namespace,
							...Object.values(vault.machines).map((machine) => machine.namespace),
							...this.#pipelineNamespaces(),
						],
					})
				: undefined;
		this.produce("vault-active", {
			host: `${active}.${namespace.literalName}.svc.${cluster.domain}`,
			ports: { http: serverPorts.api },
		});
		if (vault.server.kind === "external")
			waive(
				this,
				"endpoint-produced",
				"The server is outside of the cluster: whoever runs it makes the Service that leads pods to it.",
			);
		// The rest can be applied only once the server is initialised.
		if (vault.phase === "server") return;

		const registry = registryOf(this);
		const contents = new VaultContents(this, "contents", {
			registry,
			access: server ? accessFromInside(namespace) : new AccessFromOutside(this, "outside", { namespace }),
		});
		for (const owner of registry.owners)
			new VaultOwner(this, constructIds.owner(owner.key), {
				owner,
				auth: contents.people,
				machines: contents.machines,
			});
		for (const tenant of registry.namespaces) {
			const space = new TenantNamespace(this, constructIds.namespace(tenant.name), {
				namespace: tenant,
				engine: contents.tokens,
				transit: contents.transit,
			});
			const owner = soleOwner(tenant);
			if (owner)
				new SecretsReader(space, "secrets", {
					namespace: space.name,
					literalName: tenant.name,
					owner: owner.key,
					machines: contents.machines,
				});
		}
		if (server) {
			this.#publish(namespace);
			this.#watch(server, namespace, contents);
		}
	}

	/** Namespaces of owners' pipelines; nobody has any before the server is initialised. */
	#pipelineNamespaces(): readonly string[] {
		if (this.site.vault.phase === "server") return [];
		return pipelineOwners(registryOf(this)).map(({ key }) => ownerNames.pipelineNamespace(key));
	}

	/** Makes it reachable for browsers and command lines of users. */
	#publish(namespace: TieredNamespace): void {
		const { vaultPath, version } = this.site.cluster.ingress.certificate;
		const { secretName } = new TlsSecret(this, "certificate", { namespace, vaultPath, version });
		new Ingress(this, "ingress", {
			namespace,
			host: "vault",
			backend: { name: active, ports: { http: serverPorts.api } },
			tlsSecret: secretName,
			// Vault has a login of its own, and programs are clients as well.
			protected: false,
		});
	}

	/** Audit, backup and alerts of a server of this stack. Objects that use its API depend on its release. */
	#watch(server: VaultServer, namespace: TieredNamespace, { machines, policies }: VaultContents): void {
		const { vault, monitoring } = this.site;
		server.audit();
		server.removeGoneServers();
		Aspects.of(this).add({
			visit(node) {
				if (node instanceof TerraformResource && node.terraformResourceType.startsWith("vault_"))
					node.dependsOn = [...(node.dependsOn ?? []), server.release.fqn];
			},
		});
		const access = new ApiAccess(this, "backup-access", { namespace, name: backup, cluster: [] });
		machines.addRole(this, "backup-role", {
			name: backup,
			serviceAccount: backup,
			namespace: namespace.literalName,
			policies: policies["raft-backup"] ? [policies["raft-backup"]] : [],
			audience: vaultAudience,
			lifetime: hours(1),
			renewable: false,
		});
		const pushgateway = this.consume(monitoring.pushgateway);
		const { schedule, retention, capacity, image } = vault.backup;
		const task = new BackupTask(this, "backup", {
			namespace,
			name: backup,
			volume: "vault-backup-host",
			directory: "vault-backup",
			schedule,
			saves: [],
			image,
			script: vaultScript("backup.sh"),
			copyName: "vault-raft-%Y%m%d-%H%M%S.db",
			retentionDays: retention,
			capacity,
			pushgateway: httpUrl(pushgateway),
			user: vaultUser,
			vaultLogin: access,
			cpu: "50m",
			memory: 256 * MiB,
			mounts: [{ path: vaultTokenPath.directory, volume: vaultToken(vaultAudience), readOnly: true }],
			env: {
				VAULT_ADDR: `http://${active}:${serverPorts.api}`,
				VAULT_ROLE: backup,
				TOKEN_FILE: vaultTokenPath.file,
			},
			proof: {
				kind: "vault",
				files: { "prove.sh": vaultScript("prove.sh") },
				memory: 512 * MiB,
				scratch: "2Gi",
				env: { PROOF_PORT: String(serverPorts.api) },
			},
		});
		new AlertRules(this, "alerts", {
			namespace,
			group: "vault",
			rules: vaultAlerts({
				namespace: namespace.literalName,
				replicas: vault.server.kind === "chart" ? vault.server.replicas : 0,
				active,
				backup: task,
			}),
		});
	}
}

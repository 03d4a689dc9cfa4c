import { readFileSync } from "node:fs";
import { Construct } from "constructs";
import type { Duration } from "../../config/schema/duration.ts";
import { MiB } from "../../config/schema/quantity.ts";
import type { Site } from "../../config/schema/site.ts";
import { ApiAccess } from "../kubernetes/api-access.ts";
import { ConfigFiles } from "../kubernetes/config-files.ts";
import type { TieredNamespace } from "../kubernetes/namespace.ts";
import { ScheduledTask } from "../kubernetes/scheduled-task.ts";
import { vaultToken, vaultTokenPath } from "../kubernetes/volume-source.ts";
import { siteOf } from "../site.ts";

export interface SecretSyncProps {
	readonly namespace: TieredNamespace;
	/** The machine that logs in to Vault. */
	readonly identity: Site["vault"]["machines"][string];
	/** Role to log in with. */
	readonly role: string;
	/** Base URLs. */
	readonly vault: string;
	readonly server: string;
	readonly pushgateway: string;
}

const program = "secret_sync.py";
/**
 * Copies secrets of pipelines from Vault to the CI server, each to the repositories or organisations that may use it.
 */
export class SecretSync extends Construct {
	/** Name of the CronJob and of its metrics. */
	readonly name = "vault-woodpecker-sync";
	/** Seconds after which the last success is stale. */
	readonly staleAfter: Duration;

	constructor(scope: Construct, id: string, props: SecretSyncProps) {
		super(scope, id);
		const { namespace, identity, role, vault, server, pushgateway } = props;
		const { woodpecker, vault: settings } = siteOf(this);
		const { name } = this;
		const files = new ConfigFiles(this, "program", {
			namespace,
			name,
			files: { [program]: readFileSync(new URL(`./programs/${program}`, import.meta.url), "utf8") },
		});
		const task = new ScheduledTask(this, "task", {
			namespace,
			name,
			schedule: woodpecker.sync.schedule,
			retries: 1,
			timeoutSeconds: 600,
			toleratedFailures: 1,
			user: { uid: 1000, gid: 1000 },
			vaultLogin: new ApiAccess(this, "access", { namespace, name: identity.serviceAccount, cluster: [] }),
			containers: [
				{
					name: "sync",
					image: woodpecker.images.sync,
					command: ["python3", "-B", `/programs/${program}`],
					cpu: "10m",
					memory: 64 * MiB,
					memoryRequest: 32 * MiB,
					mounts: [
						{ path: "/programs", volume: files, readOnly: true },
						{ path: vaultTokenPath.directory, volume: vaultToken(identity.audience), readOnly: true },
					],
					env: {
						VAULT_ADDR: vault,
						VAULT_ROLE: role,
						KV_MOUNT: settings.kvMount,
						TOKEN_FILE: vaultTokenPath.file,
						WOODPECKER_URL: server,
						PUSHGATEWAY: pushgateway,
						JOB_NAME: name,
					},
				},
			],
		});
		this.staleAfter = task.staleAfter;
	}
}

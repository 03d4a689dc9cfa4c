import { Construct } from "constructs";
import type { Claim } from "../kubernetes/claim.ts";
import { ConfigFiles } from "../kubernetes/config-files.ts";
import type { ExternalSecret } from "../kubernetes/external-secret.ts";
import type { TieredNamespace } from "../kubernetes/namespace.ts";
import { ScheduledTask } from "../kubernetes/scheduled-task.ts";
import { scratchSpace } from "../kubernetes/volume-source.ts";
import { loginOf, redisScript, redisUser } from "./replica-set.ts";
import type { RedisTopology } from "./topology.ts";
import { operator } from "./users.ts";

export interface RedisRestoreProps {
	readonly namespace: TieredNamespace;
	readonly topology: RedisTopology;
	/** Volume of the backups. */
	readonly backups: Claim;
	/** Name at which the master takes writes. */
	readonly host: string;
	/** The Secret with the password of each user. */
	readonly passwords: ExternalSecret;
}

/**
 * A CronJob that never runs by itself, and restores a backup when an operator makes a job from it
 * (docs/runbooks/redis.md#restore-a-backup). The set goes on running, and its volumes are not touched.
 */
export class RedisRestore extends Construct {
	constructor(
		scope: Construct,
		id: string,
		{ namespace, topology, backups, host, passwords }: RedisRestoreProps,
	) {
		super(scope, id);
		const { settings, ports } = topology;
		const scripts = new ConfigFiles(this, "scripts", {
			namespace,
			name: "redis-restore-scripts",
			files: { "restore.sh": redisScript("restore.sh"), "restore.lua": redisScript("restore.lua") },
			mode: "0555",
		});
		new ScheduledTask(this, "task", {
			namespace,
			name: "redis-restore",
			// It has to have one.
			schedule: settings.backup.schedule,
			onlyByHand: true,
			retries: 0,
			user: redisUser,
			containers: [
				{
					name: "redis-restore",
					image: settings.images.redis,
					command: ["/scripts/restore.sh"],
					cpu: "50m",
					// It holds the same keys as a data node.
					memory: settings.memory,
					env: {
						REDIS_HOST: host,
						REDIS_PORT: String(ports.redis),
						REDIS_USER: operator,
						BACKUP_DIR: "/backup",
						FILE: "",
						EXISTING: "keep",
					},
					secrets: loginOf(passwords),
					mounts: [
						{ path: "/backup", volume: backups, readOnly: true },
						{ path: "/scripts", volume: scripts, readOnly: true },
						{ path: "/tmp", volume: scratchSpace("tmp", "16Mi") },
					],
				},
			],
		});
	}
}

import { readFileSync } from "node:fs";
import { Construct } from "constructs";
import { inSeconds } from "../../config/schema/duration.ts";
import { MiB } from "../../config/schema/quantity.ts";
import { ConfigFiles } from "../kubernetes/config-files.ts";
import type { Probe } from "../kubernetes/container.ts";
import { DisruptionBudget } from "../kubernetes/disruption-budget.ts";
import type { ExternalSecret } from "../kubernetes/external-secret.ts";
import type { TieredNamespace } from "../kubernetes/namespace.ts";
import { Service } from "../kubernetes/service.ts";
import { StatefulWorkload } from "../kubernetes/stateful-workload.ts";
import { secretFiles } from "../kubernetes/volume-source.ts";
import { renderRedisConf, renderSentinelConf } from "./redis-conf.ts";
import type { RedisTopology } from "./topology.ts";
import { operator, renderRedisUsers, renderSentinelUsers } from "./users.ts";

export interface RedisReplicaSetProps {
	readonly namespace: TieredNamespace;
	readonly topology: RedisTopology;
	/** The Secret with the password of each user, by name. */
	readonly passwords: ExternalSecret;
}

/** User of the official Alpine image. */
export const redisUser = { uid: 999, gid: 1000 };

/** Timeout in seconds of a planned failover, demotion of the old master included. */
const handOverSeconds = 20;

const scripts = [
	"evidence.sh",
	"users.sh",
	"decide.awk",
	"start-redis.sh",
	"keep-role.sh",
	"start-sentinel.sh",
	"hand-over.sh",
	"give-up.sh",
	"ready.sh",
	"alive.sh",
];

/** Memory in bytes of a shell and the clients that it runs. */
const roleMemory = 32 * MiB;

/** Volume of each data node. The names of its claims begin with the name. */
export const dataVolume = { volumeName: "redis-data" } as const;

/** Text of a script of this folder. */
export function redisScript(name: string): string {
	return readFileSync(new URL(`./scripts/${name}`, import.meta.url), "utf8");
}

/**
 * Redis data nodes with a Sentinel each (docs/reference/redis.md#how-a-write-finds-the-master): one stateful set on
 * encrypted volumes, each pod on a node of its own, started in parallel, disrupted one at a time, with a planned
 * failover before a master stops. A third container decides the role of a server after its start
 * (docs/decisions/0002-own-stateful-set-for-redis.md).
 */
export class RedisReplicaSet extends Construct {
	readonly pods: StatefulWorkload;
	/** Headless Service: a DNS name for each data node, ready or not. */
	readonly headless: Service;

	constructor(scope: Construct, id: string, { namespace, topology, passwords }: RedisReplicaSetProps) {
		super(scope, id);
		const { settings, statefulSet, headlessService, nodes, ports } = topology;
		const config = new ConfigFiles(this, "config", {
			namespace,
			name: "redis-config",
			files: {
				"redis.conf": renderRedisConf(topology),
				"sentinel.conf": renderSentinelConf(topology),
				users: renderRedisUsers(topology),
				"sentinel-users": renderSentinelUsers(topology),
			},
		});
		const scriptFiles = new ConfigFiles(this, "scripts", {
			namespace,
			name: "redis-scripts",
			files: Object.fromEntries(scripts.map((name) => [name, redisScript(name)])),
			mode: "0555",
		});
		const shared = {
			image: settings.images.redis,
			env: redisEnvironment(topology),
			secrets: loginOf(passwords),
			mounts: [
				{ path: "/data", volume: dataVolume },
				{ path: "/config", volume: config, readOnly: true },
				{ path: "/scripts", volume: scriptFiles, readOnly: true },
				{ path: "/users", volume: secretFiles("users", passwords.secretName), readOnly: true },
			],
			preStop: ["/scripts/hand-over.sh"],
		};
		this.pods = new StatefulWorkload(this, "nodes", {
			namespace,
			name: statefulSet,
			replicas: nodes.length,
			serviceName: headlessService,
			volume: { ...dataVolume, holds: "database", ...settings.volume },
			user: redisUser,
			spread: "required",
			terminationGracePeriodSeconds: handOverSeconds + 20,
			dependsOn: [passwords.resource],
			containers: [
				{
					...shared,
					name: "redis",
					command: ["/scripts/start-redis.sh"],
					ports: { redis: ports.redis },
					cpu: "50m",
					memory: settings.memory,
					// While Redis loads a large append-only file, it answers PING with an error for minutes.
					startup: { tcp: "redis", periodSeconds: 2, failureThreshold: 150 },
					liveness: alive("redis", ports.redis),
					readiness: { exec: ["/scripts/ready.sh"], periodSeconds: 5 },
				},
				{
					...shared,
					name: "sentinel",
					command: ["/scripts/start-sentinel.sh"],
					ports: { sentinel: ports.sentinel },
					cpu: "50m",
					memory: settings.sentinelMemory,
					liveness: alive("sentinel", ports.sentinel),
				},
				{
					...shared,
					name: "role",
					command: ["/scripts/keep-role.sh"],
					cpu: "20m",
					memory: roleMemory,
					liveness: alive("role"),
				},
			],
		});
		this.headless = new Service(this, "headless", { pods: this.pods, name: headlessService, headless: true });
		new DisruptionBudget(this, "budget", { pods: this.pods, minAvailable: nodes.length - 1 });
	}
}

/** Variable from which redis-cli takes its password. */
export function loginOf({ secretName }: ExternalSecret) {
	return { REDISCLI_AUTH: { secret: secretName, key: operator } };
}

/** Liveness probe: it passes while a node waits for others, however long, and fails when the process hangs. */
function alive(name: string, port?: number): Probe {
	const command = ["/scripts/alive.sh", name, ...(port === undefined ? [] : [String(port)])];
	return { exec: command, timeoutSeconds: 5, failureThreshold: 6 };
}

/** Environment of the scripts; each script lists what it reads. */
export function redisEnvironment(topology: RedisTopology) {
	const { settings, nodes, ports, majority, complete } = topology;
	return {
		POD_NAME: { field: "metadata.name" },
		NODE_DOMAIN: nodes[0]?.host.split(".").slice(1).join(".") ?? "",
		NODES: nodes.map(({ host }) => host).join(" "),
		REDIS_PORT: String(ports.redis),
		SENTINEL_PORT: String(ports.sentinel),
		MASTER_NAME: settings.masterName,
		QUORUM: String(settings.quorum),
		MAJORITY: String(majority),
		COMPLETE: String(complete),
		MIN_REPLICAS: String(settings.writeSafety.minReplicas),
		// With one less at most, a master takes no writes.
		UNREACHABLE_REPLICAS: String(nodes.length),
		MAX_LAG: String(Math.ceil(inSeconds(settings.writeSafety.maxLag))),
		CONFIG_DIR: "/config",
		USERS_DIR: "/users",
		REDIS_USER: operator,
		// Masters of the step before do not know the user.
		LOGIN_TO_MASTER: settings.anonymous === "everything" ? "no" : "yes",
		DATA_DIR: "/data",
		PATIENCE: String(handOverSeconds),
	};
}

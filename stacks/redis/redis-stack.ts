import type { Construct } from "constructs";
import { httpUrl } from "../../config/schema/endpoints.ts";
import { tiers } from "../../config/tiers.ts";
import { HaproxyFrontend } from "../../constructs/haproxy/haproxy-frontend.ts";
import { BackupTask } from "../../constructs/kubernetes/backup-task.ts";
import { ExternalSecret } from "../../constructs/kubernetes/external-secret.ts";
import { IngressPolicy } from "../../constructs/kubernetes/ingress-policy.ts";
import { TieredNamespace } from "../../constructs/kubernetes/namespace.ts";
import { Service } from "../../constructs/kubernetes/service.ts";
import { AlertRules } from "../../constructs/monitoring/alert-rules.ts";
import { redisAlerts } from "../../constructs/redis/alerts.ts";
import { redisProxyConfig } from "../../constructs/redis/proxy-config.ts";
import {
	dataVolume,
	loginOf,
	RedisReplicaSet,
	redisScript,
	redisUser,
} from "../../constructs/redis/replica-set.ts";
import { RedisRestore } from "../../constructs/redis/restore-task.ts";
import { redisTopology } from "../../constructs/redis/topology.ts";
import { operator, redisPasswords } from "../../constructs/redis/users.ts";
import type { StackFacts } from "../declaration.ts";
import { InfraStack } from "../infra-stack.ts";

/** The shared Redis: replica set with Sentinels, the proxy that follows the master, backup and alerts. */
export class RedisStack extends InfraStack {
	constructor(scope: Construct, facts: StackFacts) {
		super(scope, facts);
		const { site } = this;
		const topology = redisTopology(site);
		const { settings } = topology;
		const namespace = new TieredNamespace(this, "namespace", {
			name: topology.namespace,
			tier: tiers.cluster,
			holdsData: true,
		});

		const passwords = new ExternalSecret(this, "passwords", {
			namespace,
			name: "redis-users",
			from: redisPasswords(topology),
		});
		const replicaSet = new RedisReplicaSet(this, "replica-set", { namespace, topology, passwords });
		const proxy = new HaproxyFrontend(this, "proxy", {
			namespace,
			name: "redis-haproxy",
			image: settings.images.haproxy,
			config: redisProxyConfig(topology, site.cluster.dns),
			replicas: settings.proxy.replicas,
			memory: settings.proxy.memory,
			// Becomes ready only once there is a master.
			dependsOn: [replicaSet.pods.resource],
		});

		const offered = ["redis", "sentinel"];
		const master = new Service(this, "master", { pods: proxy.pods, name: "redis-master", ports: offered });
		const legacy = new Service(this, "legacy", { pods: proxy.pods, name: "redis", ports: offered });
		this.produce("redis-master", master);
		this.produce("redis-legacy", legacy);
		this.produce("redis-sentinel", replicaSet.headless);

		const consumers = Object.values(settings.consumers);
		const namespacesOf = (...entryPoints: string[]) =>
			consumers
				.filter(({ entryPoint }) => entryPoints.includes(entryPoint))
				.map(({ namespace }) => namespace);
		new IngressPolicy(this, "proxy-clients", {
			pods: proxy.pods,
			allow: [
				// Clients that use the Sentinels fall back to the proxy.
				{ namespaces: [topology.namespace, ...consumers.map(({ namespace }) => namespace)], ports: offered },
				{ namespaces: [site.monitoring.namespace], ports: ["status"] },
			],
		});
		new IngressPolicy(this, "node-clients", {
			pods: replicaSet.pods,
			allow: [{ namespaces: [topology.namespace, ...namespacesOf("sentinel")], ports: offered }],
		});

		const pushgateway = this.consume(site.monitoring.pushgateway);
		const backup = new BackupTask(this, "backup", {
			namespace,
			name: "redis-backup",
			volume: "redis-backup-host",
			schedule: settings.backup.schedule,
			saves: [`${dataVolume.volumeName}-${replicaSet.pods.name}`],
			image: settings.images.redis,
			script: redisScript("backup.sh"),
			copyName: "redis-%Y%m%d-%H%M%S.rdb",
			retentionDays: settings.backup.retention,
			capacity: settings.backup.capacity,
			pushgateway: httpUrl(pushgateway),
			user: redisUser,
			cpu: "50m",
			memory: settings.memory,
			env: {
				REDIS_HOST: master.host,
				REDIS_PORT: String(topology.ports.redis),
				REDIS_USER: operator,
			},
			secrets: loginOf(passwords),
			proof: {
				kind: "redis",
				files: {
					"prove.sh": redisScript("prove.sh"),
					"restore.sh": redisScript("restore.sh"),
					"restore.lua": redisScript("restore.lua"),
				},
				// Two servers hold the keys.
				memory: 2 * settings.memory,
				scratch: "16Mi",
				env: { PROOF_PORT: "6390" },
			},
		});

		new RedisRestore(this, "restore", {
			namespace,
			topology,
			backups: backup.volume,
			host: master.host,
			passwords,
		});

		new AlertRules(this, "alerts", {
			namespace,
			group: "redis",
			rules: redisAlerts(topology, {
				proxy: proxy.pods.name,
				backup,
				services: [master.name, legacy.name],
			}),
		});
	}
}

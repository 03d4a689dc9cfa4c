import type { AlertRule } from "../monitoring/alert-rule.ts";
import { type BackupSubject, backupAlerts } from "../monitoring/backup-alerts.ts";
import { observerNames, proxyStatus } from "./proxy-config.ts";
import type { RedisTopology } from "./topology.ts";

export interface RedisAlertSubjects {
	/** Name of the proxy's Deployment. */
	readonly proxy: string;
	readonly backup: BackupSubject;
	/** Names of the Services that clients use. */
	readonly services: readonly string[];
}

/**
 * Alerts of the stack (docs/reference/redis.md#alerts). The state of Redis and the Sentinels comes from the proxy's
 * health checks, so that no exporter is needed.
 */
export function redisAlerts(
	topology: RedisTopology,
	{ proxy, backup, services }: RedisAlertSubjects,
): AlertRule[] {
	const { namespace, statefulSet, nodes, settings } = topology;
	const pods = `namespace="${namespace}", pod=~"${proxy}-.*"`;
	const clients = `${pods}, proxy!="${proxyStatus.name}"`;
	const up = (backend: string) => `haproxy_backend_active_servers{${pods}, proxy="${backend}"}`;
	return [
		{
			alert: "RedisDown",
			expr: `kube_statefulset_status_replicas_ready{namespace="${namespace}", statefulset="${statefulSet}"} < 1`,
			for: "5m",
			severity: "critical",
			summary: "No Redis data node is ready",
		},
		{
			alert: "RedisNoMasterSelected",
			expr: `sum by (namespace) (kube_deployment_status_replicas_ready{namespace="${namespace}", deployment="${proxy}"}) == 0`,
			for: "1m",
			severity: "critical",
			summary: "No proxy has a master to send writes to",
		},
		{
			alert: "RedisSeveralMasters",
			expr: `max by (namespace) (${up(observerNames.master)}) > 1`,
			// A planned failover demotes the old master ten seconds after the promotion.
			for: "1m",
			severity: "critical",
			summary: "{{ $value }} data nodes say that they are the master: acknowledged writes may be lost",
		},
		{
			alert: "RedisSentinelQuorumLost",
			expr: `max by (namespace) (${up(observerNames.quorum)}) < ${topology.majority}`,
			for: "2m",
			severity: "critical",
			summary: "Only {{ $value }} Sentinels see a quorum: the next failure of the master will not be healed",
		},
		{
			alert: "RedisSentinelMembers",
			expr: `max by (namespace) (${up(observerNames.quorum)}) - max by (namespace) (${up(observerNames.members)}) > 0`,
			// A Sentinel that starts needs about ten seconds to find its peers.
			for: "10m",
			severity: "warning",
			summary: `{{ $value }} Sentinels do not know of exactly ${nodes.length}: one that has left the set still counts in every vote`,
		},
		{
			alert: "RedisReplicaLinkDown",
			expr: `max by (namespace) (${up(observerNames.replication)}) < ${nodes.length}`,
			for: "5m",
			severity: "warning",
			summary: `{{ $value }} of ${nodes.length} data nodes are master or follow it`,
		},
		...services.map(
			(service): AlertRule => ({
				alert: "RedisServiceWithoutEndpoints",
				expr: `absent(kube_endpoint_address{namespace="${namespace}", endpoint="${service}", ready="true"})`,
				for: "2m",
				severity: "critical",
				summary: `Service ${service} leads nowhere`,
			}),
		),
		{
			alert: "RedisConnectionsNearLimit",
			expr: `haproxy_frontend_current_sessions{${clients}} / haproxy_frontend_limit_sessions{${clients}} > 0.8`,
			for: "5m",
			severity: "warning",
			summary: `{{ $labels.pod }} uses more than 80 % of the ${settings.proxy.maxConnections} connections of its listener {{ $labels.proxy }}`,
		},
		...backupAlerts({ subject: "Redis", namespace, task: backup }),
	];
}

import { describe, expect, test } from "vitest";
import { AlertRulesFile, type Series } from "../harness/alert-rules-file.ts";
import { DeployedStack } from "../harness/deployed-stack.ts";
import { needs } from "../harness/needs.ts";
import { siteWith } from "./deployed-lab.ts";

needs("promtool");

const rules = new AlertRulesFile(new DeployedStack(siteWith(), "redis").files("redis-alerts"));

const ready = 'kube_statefulset_status_replicas_ready{namespace="redis", statefulset="redis-node"}';
const proxies = 'kube_deployment_status_replicas_ready{namespace="redis", deployment="redis-haproxy"}';
const observed = (backend: string) =>
	`haproxy_backend_active_servers{namespace="redis", pod="redis-haproxy-a", proxy="observe_${backend}"}`;
const connections = (what: string) =>
	`haproxy_frontend_${what}_sessions{namespace="redis", pod="redis-haproxy-a", proxy="redis"}`;
const endpoint = (name: string) =>
	`kube_endpoint_address{namespace="redis", endpoint="${name}", ready="true", ip="192.0.2.1"}`;
const cronJob = (what: string) => `kube_cronjob_${what}{namespace="redis", cronjob="redis-backup"}`;
const pushed = (what: string) => `backup_${what}{job="redis-backup"}`;
const failedJob = 'kube_job_status_failed{namespace="redis", job_name="redis-backup-1"}';

describe("alerts", () => {
	test("Prometheus accepts the rules", () => {
		expect(() => rules.check()).not.toThrow();
	});

	test.for<[alert: string, series: Series, firing: Record<string, number>]>([
		["RedisDown", { [ready]: "0x20" }, { "4m": 0, "5m": 1 }],
		["RedisNoMasterSelected", { [proxies]: "0x20" }, { "0m": 0, "1m": 1 }],
		["RedisSeveralMasters", { [observed("role_master")]: "2x20" }, { "0m": 0, "1m": 1 }],
		["RedisSentinelQuorumLost", { [observed("quorum")]: "1x20" }, { "1m": 0, "2m": 1 }],
		[
			"RedisSentinelMembers",
			{ [observed("quorum")]: "3x20", [observed("members")]: "0x20" },
			{ "9m": 0, "10m": 1 },
		],
		["RedisReplicaLinkDown", { [observed("replication")]: "2x20" }, { "4m": 0, "5m": 1 }],
		["RedisServiceWithoutEndpoints", { [endpoint("redis-master")]: "1x20" }, { "1m": 0, "2m": 1 }],
		[
			"RedisConnectionsNearLimit",
			{ [connections("current")]: "205x20", [connections("limit")]: "256x20" },
			{ "4m": 0, "5m": 1 },
		],
		["RedisBackupFailed", { [failedJob]: "1x20" }, { "14m": 0, "15m": 1 }],
		// A backup of an emptied master: in order, and 172 bytes long.
		["RedisBackupShrunk", { [pushed("output_bytes")]: "90000x10 172x20" }, { "10m": 0, "11m": 1 }],
		["RedisBackupsOfTheFuture", { [pushed("names_ahead")]: "0x10 1x20" }, { "10m": 0, "11m": 1 }],
	])("%s fires as late as it should", ([alert, series, firing]) => {
		expect(() => rules.expectFiring(alert, series, firing)).not.toThrow();
	});

	test.for<[alert: string, series: Series]>([
		["RedisDown", { [ready]: "1x30" }],
		["RedisNoMasterSelected", { [proxies]: "1x30" }],
		["RedisSeveralMasters", { [observed("role_master")]: "1x30" }],
		["RedisSentinelQuorumLost", { [observed("quorum")]: "2x30" }],
		["RedisSentinelMembers", { [observed("quorum")]: "2x30", [observed("members")]: "2x30" }],
		["RedisReplicaLinkDown", { [observed("replication")]: "3x30" }],
		["RedisServiceWithoutEndpoints", { [endpoint("redis-master")]: "1x30", [endpoint("redis")]: "1x30" }],
		["RedisConnectionsNearLimit", { [connections("current")]: "204x30", [connections("limit")]: "256x30" }],
		["RedisBackupFailed", { [failedJob]: "0x30" }],
		["RedisBackupShrunk", { [pushed("output_bytes")]: "90000x10 20000x20" }],
		["RedisBackupsOfTheFuture", { [pushed("names_ahead")]: "0x30" }],
	])("%s is silent while all is well", ([alert, series]) => {
		expect(() => rules.expectFiring(alert, series, { "30m": 0 })).not.toThrow();
	});

	// Eight days are 192 hours.
	test.for<[alert: string, series: Series, firing: Record<string, number>]>([
		[
			"RedisBackupStale",
			{ [cronJob("status_last_successful_time")]: "0x1200" },
			{ "192h30m": 0, "192h40m": 1 },
		],
		["RedisBackupNeverSucceeded", { [cronJob("created")]: "1x1200" }, { "191h50m": 0, "192h": 1 }],
		[
			"RedisBackupNeverSucceeded",
			{ [cronJob("created")]: "1x1200", [cronJob("status_last_successful_time")]: "1x1200" },
			{ "199h": 0 },
		],
	])("%s fires no sooner than eight days have passed", ([alert, series, firing]) => {
		expect(() => rules.expectFiring(alert, series, firing, "10m")).not.toThrow();
	});

	// Thirty days are 720 hours.
	const proven = (kind: string) => `backup_restore_verified_timestamp{kind="${kind}"}`;
	const proof = 'kube_cronjob_created{namespace="redis", cronjob="redis-backup-proof"}';
	test.for<[what: string, series: Series, firing: Record<string, number>]>([
		["after a last proof", { [proven("redis")]: "0x130", [proof]: "0x130" }, { "720h": 0, "726h": 1 }],
		[
			"without any, but for another kind",
			{ [proven("claim")]: "0+21600x130", [proof]: "0x130" },
			{ "720h": 0, "726h": 1 },
		],
		["while proofs come", { [proven("redis")]: "0+21600x130", [proof]: "0x130" }, { "726h": 0 }],
	])("RedisRestoreNotProven looks back thirty days: %s", ([, series, firing]) => {
		expect(() => rules.expectFiring("RedisRestoreNotProven", series, firing, "6h")).not.toThrow();
	});
});

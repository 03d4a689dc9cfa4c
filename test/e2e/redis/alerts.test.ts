import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DeployedStack } from "../rig/deployed-stack.ts";
import { needs } from "../rig/needs.ts";
import { siteWith } from "./deployed-lab.ts";

needs("promtool");

const folder = mkdtempSync(join(tmpdir(), "infra-alerts-"));
const rules = join(folder, "redis.rules.yml");

beforeAll(() => {
	const site = siteWith();
	const { key, value } = site.monitoring.rulesLabel;
	const [text] = Object.values(new DeployedStack(site, "redis").labelled(key, value));
	writeFileSync(rules, text ?? "");
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Series by name, with their values in promtool's notation, one per interval: `0x60` is an hour of zeros. */
type Series = Readonly<Record<string, string>>;

/** Runs `promtool test rules`: how many alerts of a name are firing at each time. @throws with promtool's report */
function expectFiring(
	alert: string,
	series: Series,
	firing: Readonly<Record<string, number>>,
	interval = "1m",
): void {
	const file = join(folder, `${alert}.test.yml`);
	const test = {
		rule_files: [rules],
		evaluation_interval: interval,
		tests: [
			{
				interval,
				input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
				promql_expr_test: Object.entries(firing).map(([time, count]) => ({
					expr: `count(ALERTS{alertname="${alert}", alertstate="firing"})`,
					eval_time: time,
					exp_samples: count === 0 ? [] : [{ labels: "{}", value: count }],
				})),
			},
		],
	};
	writeFileSync(file, JSON.stringify(test));
	promtool("test", "rules", file);
}

function promtool(...args: string[]): void {
	execFileSync("promtool", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

const ready = 'kube_statefulset_status_replicas_ready{namespace="redis", statefulset="redis-node"}';
const proxies = 'kube_deployment_status_replicas_ready{namespace="redis", deployment="redis-haproxy"}';
const observed = (backend: string) =>
	`haproxy_backend_active_servers{namespace="redis", pod="redis-haproxy-a", proxy="observe_${backend}"}`;
const connections = (what: string) =>
	`haproxy_process_${what}_connections{namespace="redis", pod="redis-haproxy-a"}`;
const endpoint = (name: string) =>
	`kube_endpoint_address{namespace="redis", endpoint="${name}", ready="true", ip="192.0.2.1"}`;
const cronJob = (what: string) => `kube_cronjob_${what}{namespace="redis", cronjob="redis-backup"}`;
const failedJob = 'kube_job_status_failed{namespace="redis", job_name="redis-backup-1"}';

describe("alerts", () => {
	test("Prometheus accepts the rules", () => {
		expect(() => promtool("check", "rules", rules)).not.toThrow();
	});

	test.for<[alert: string, series: Series, firing: Record<string, number>]>([
		["RedisDown", { [ready]: "0x20" }, { "4m": 0, "5m": 1 }],
		["RedisNoMasterSelected", { [proxies]: "0x20" }, { "0m": 0, "1m": 1 }],
		["RedisSeveralMasters", { [observed("role_master")]: "2x20" }, { "0m": 0, "1m": 1 }],
		["RedisSentinelQuorumLost", { [observed("quorum")]: "1x20" }, { "1m": 0, "2m": 1 }],
		["RedisReplicaLinkDown", { [observed("replication")]: "2x20" }, { "4m": 0, "5m": 1 }],
		["RedisServiceWithoutEndpoints", { [endpoint("redis-master")]: "1x20" }, { "1m": 0, "2m": 1 }],
		[
			"RedisConnectionsNearLimit",
			{ [connections("current")]: "205x20", [connections("max")]: "256x20" },
			{ "4m": 0, "5m": 1 },
		],
		["RedisBackupFailed", { [failedJob]: "1x20" }, { "14m": 0, "15m": 1 }],
	])("%s fires as late as it should", ([alert, series, firing]) => {
		expect(() => expectFiring(alert, series, firing)).not.toThrow();
	});

	test.for<[alert: string, series: Series]>([
		["RedisDown", { [ready]: "1x30" }],
		["RedisNoMasterSelected", { [proxies]: "1x30" }],
		["RedisSeveralMasters", { [observed("role_master")]: "1x30" }],
		["RedisSentinelQuorumLost", { [observed("quorum")]: "2x30" }],
		["RedisReplicaLinkDown", { [observed("replication")]: "3x30" }],
		["RedisServiceWithoutEndpoints", { [endpoint("redis-master")]: "1x30", [endpoint("redis")]: "1x30" }],
		["RedisConnectionsNearLimit", { [connections("current")]: "204x30", [connections("max")]: "256x30" }],
		["RedisBackupFailed", { [failedJob]: "0x30" }],
	])("%s is silent while all is well", ([alert, series]) => {
		expect(() => expectFiring(alert, series, { "30m": 0 })).not.toThrow();
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
		expect(() => expectFiring(alert, series, firing, "10m")).not.toThrow();
	});
});

import { expect, test } from "vitest";
import { parseSite } from "../../../config/parse-site.ts";
import lab from "../../../config/sites/lab.ts";
import { backendsOf } from "../../../constructs/haproxy/model.ts";
import { renderHaproxyCfg } from "../../../constructs/haproxy/render-haproxy-cfg.ts";
import { redisProxyConfig } from "../../../constructs/redis/proxy-config.ts";
import { renderRedisConf, renderSentinelConf } from "../../../constructs/redis/redis-conf.ts";
import { redisTopology } from "../../../constructs/redis/topology.ts";
import { mergePatch } from "../../merge-patch.ts";

function siteWith(patch: object) {
	return parseSite(mergePatch(lab, patch));
}

const five = {
	cluster: { nodes: { "node-d": { host: "node-a" }, "node-e": { host: "node-a" } } },
	redis: { nodes: 5, quorum: 3 },
};

test("every backend of the proxy has a server per data node, whatever their number", () => {
	const site = siteWith(five);
	const topology = redisTopology(site);
	const config = redisProxyConfig(topology, site.cluster.dns);
	const single = topology.nodes.map(({ name }) => name);
	for (const { name, servers } of backendsOf(config))
		expect([name, servers.length]).toEqual([name, single.includes(name) ? 1 : 5]);
});

test("a data node is used only while a majority of the Sentinels names it", () => {
	const site = siteWith(five);
	const text = renderHaproxyCfg(redisProxyConfig(redisTopology(site), site.cluster.dns));
	expect(text).toContain(
		"use_backend redis-node-4 if { nbsrv(vote_redis-node-4) ge 3 } { nbsrv(redis-node-4) ge 1 }",
	);
});

test("a vote is final at the length of the shortest answer", () => {
	const site = siteWith({});
	const text = renderHaproxyCfg(redisProxyConfig(redisTopology(site), site.cluster.dns));
	const answer = "*2\r\n$51\r\nredis-node-0.redis-headless.redis.svc.cluster.local\r\n$4\r\n6379\r\n";
	expect(text).toContain(
		`tcp-check expect min-recv ${answer.length} string redis-node-0.redis-headless.redis.svc.cluster.local`,
	);
});

test("a lag is written in seconds, the unit of Redis, and is no fraction of one", () => {
	const lag = (maxLag: string) => redisTopology(siteWith({ redis: { writeSafety: { maxLag } } }));
	expect(renderRedisConf(lag("2m"))).toContain("min-replicas-max-lag 120\n");
	expect(() => lag("1500ms")).toThrow("1 problem");
});

test("the Sentinels' times are in milliseconds", () => {
	const conf = renderSentinelConf(
		redisTopology(siteWith({ redis: { downAfter: "2s", failoverTimeout: "1m" } })),
	);
	expect(conf).toContain("sentinel down-after-milliseconds mymaster 2000\n");
	expect(conf).toContain("sentinel failover-timeout mymaster 60000\n");
});

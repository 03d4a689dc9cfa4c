import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LabNode } from "../lab-node.ts";
import { RedisLab } from "../redis-lab.ts";

/** Detection time of the counterfactuals, in milliseconds; the reference leaves it at 60 s. */
export const downAfter = 5000;

const proxyText = readFileSync(join(import.meta.dirname, "haproxy.cfg"), "utf8");

/** The same text as it was before names were resolved at run time. */
const withoutResolvers = proxyText.replaceAll(" resolvers kubernetes init-addr last,libc,none", "");

export interface ReferenceProps {
	readonly nodes?: number;
	/** Names are followed at run time. @default true */
	readonly resolvers?: boolean;
}

/** The configuration that the redis stack replaces: two nodes, quorum 2, routed by role alone. */
export async function startReference({
	nodes = 2,
	resolvers = true,
}: ReferenceProps = {}): Promise<RedisLab> {
	const lines = (resolvers ? proxyText : withoutResolvers).split("\n");
	const proxy = lines.flatMap((line) =>
		line.includes("server redis-node-1 ")
			? Array.from({ length: nodes - 1 }, (_, index) => line.replaceAll("node-1", `node-${index + 1}`))
			: [line],
	);
	return await RedisLab.start({ nodes, startNode, proxy: proxy.join("\n"), dataBackend: "redis_master" });
}

/** As the chart's start scripts do it; the first node founds the set. */
function startNode({ ordinal, name, host, volume }: LabNode) {
	const master = name.replace(/^redis-node-\d+/, "redis-node-0");
	mkdirSync(volume, { recursive: true });
	const server = host.start("redis", "redis-server", [
		...["--port", "6379", "--dir", volume, "--appendonly", "yes", "--save", "", "--protected-mode", "no"],
		...["--replica-announce-ip", name, "--replica-announce-port", "6379"],
		...(ordinal === 0 ? [] : ["--replicaof", master, "6379"]),
	]);
	const sentinelConf = join(volume, "sentinel.conf");
	writeFileSync(
		sentinelConf,
		[
			"port 26379",
			`dir ${volume}`,
			"protected-mode no",
			"sentinel resolve-hostnames yes",
			"sentinel announce-hostnames yes",
			`sentinel announce-ip ${name}`,
			`sentinel monitor mymaster ${master} 6379 2`,
			`sentinel down-after-milliseconds mymaster ${downAfter}`,
			"sentinel failover-timeout mymaster 180000",
			"sentinel parallel-syncs mymaster 1",
			"",
		].join("\n"),
	);
	return [server, host.start("sentinel", "redis-server", [sentinelConf, "--sentinel"])];
}

import { memoryDirectives } from "./memory-budget.ts";
import type { RedisTopology } from "./topology.ts";

/** `redis.conf` of every data node; what differs between nodes and over time is added by the start script. */
export function renderRedisConf({ settings, ports }: RedisTopology): string {
	const { writeSafety, memory } = settings;
	return lines([
		`port ${ports.redis}`,
		"bind * -::*",
		// Who may connect is decided by the network policy.
		"protected-mode no",
		"appendonly yes",
		'save ""',
		...memoryDirectives(memory),
		// A master that waits for replicas to gather before it syncs them refuses writes for as long.
		"repl-diskless-sync-delay 0",
		`min-replicas-to-write ${writeSafety.minReplicas}`,
		`min-replicas-max-lag ${writeSafety.maxLag / 1000}`,
	]);
}

/** The part of `sentinel.conf` that is the same on every node; it follows the `sentinel monitor` line. */
export function renderSentinelConf({ settings }: RedisTopology): string {
	const { masterName, downAfter, failoverTimeout } = settings;
	return lines([
		"bind * -::*",
		"protected-mode no",
		`sentinel down-after-milliseconds ${masterName} ${downAfter}`,
		`sentinel failover-timeout ${masterName} ${failoverTimeout}`,
		`sentinel parallel-syncs ${masterName} 1`,
	]);
}

function lines(directives: readonly string[]): string {
	return `${directives.join("\n")}\n`;
}

import { inSeconds } from "../../config/schema/duration.ts";
import { memoryDirectives } from "./memory-budget.ts";
import type { RedisTopology } from "./topology.ts";

/** `redis.conf` of every data node; the start script adds what depends on the node and its role. */
export function renderRedisConf({ settings, ports }: RedisTopology): string {
	const { writeSafety, memory } = settings;
	return lines([
		`port ${ports.redis}`,
		"bind * -::*",
		// The network policy decides who may connect.
		"protected-mode no",
		"appendonly yes",
		'save ""',
		...memoryDirectives(memory),
		// With a delay a master waits for replicas to gather before it syncs them, and refuses writes meanwhile.
		"repl-diskless-sync-delay 0",
		`min-replicas-to-write ${writeSafety.minReplicas}`,
		`min-replicas-max-lag ${inSeconds(writeSafety.maxLag)}`,
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

import fc from "fast-check";
import { expect, test } from "vitest";
import { parseSite } from "../../../config/parse-site.ts";
import home from "../../../config/sites/home.ts";
import lab from "../../../config/sites/lab.ts";
import { memoryBudget } from "../../../constructs/redis/memory-budget.ts";
import { renderRedisConf } from "../../../constructs/redis/redis-conf.ts";
import { redisTopology } from "../../../constructs/redis/topology.ts";
import { mergePatch } from "../../merge-patch.ts";

const MiB = 1024 ** 2;
const sites = { home, lab };

/** Every directive of `redis.conf`, its arguments by name. */
function directives(site: object, memory: string) {
	const topology = redisTopology(parseSite(mergePatch(site, { redis: { memory } })));
	const lines = renderRedisConf(topology).trimEnd().split("\n");
	return (prefix: string) =>
		lines
			.filter((line) => line.startsWith(`${prefix} `))
			.map((line) => line.slice(prefix.length + 1).split(" "));
}

test("whatever the limit, its parts fit into it, and none is empty", () => {
	fc.assert(
		fc.property(fc.integer({ min: 256, max: 64 * 1024 }), (mebibytes) => {
			const parts = Object.values(memoryBudget(mebibytes * MiB));
			expect(Math.min(...parts)).toBeGreaterThanOrEqual(MiB);
			expect(parts.reduce((sum, part) => sum + part, 0)).toBeLessThanOrEqual(mebibytes * MiB);
		}),
	);
});

test.for(
	Object.entries(sites).flatMap(([name, site]) =>
		["256Mi", "448Mi", "1Gi", "8Gi"].map((memory) => [name, memory, site] as const),
	),
)(
	"site %s, %s: what can grow in Redis has a cap, and all at their caps are below the limit",
	([, memory, site]) => {
		const limit = Number.parseInt(memory, 10) * (memory.endsWith("Gi") ? 1024 : 1) * MiB;
		const conf = directives(site, memory);
		const buffers = new Map(conf("client-output-buffer-limit").map(([kind, hard]) => [kind, Number(hard)]));
		const one = (name: string) => Number(conf(name)[0]?.[0]);
		expect([...buffers.keys()].sort()).toEqual(["normal", "pubsub", "replica"]);
		const client = Math.max(
			buffers.get("normal") ?? 0,
			buffers.get("pubsub") ?? 0,
			one("client-query-buffer-limit"),
			one("proto-max-bulk-len"),
		);
		const replica = Math.max(buffers.get("replica") ?? 0, one("repl-backlog-size"));
		const processItself = 10 * MiB;
		// Keys twice: a child shares none of the pages that were written to since.
		expect(2 * one("maxmemory") + replica + one("maxmemory-clients") + client + processItself).toBeLessThan(
			limit,
		);
		for (const size of [...buffers.values(), one("maxmemory"), one("repl-backlog-size")])
			expect(Number.isInteger(size) && size >= MiB).toBe(true);
		expect(conf("maxmemory-policy")).toEqual([["noeviction"]]);
	},
);

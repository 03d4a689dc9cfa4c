import { cronSchedule } from "./cron.ts";
import { seconds } from "./duration.ts";
import { growingVolume } from "./growing-volume.ts";
import {
	bytes,
	duration,
	durationOrNone,
	formatBytes,
	haproxyTimer,
	haproxyTimerOrNone,
	image,
	label,
	wholeDays,
	wholeSeconds,
} from "./primitives.ts";
import { MiB } from "./quantity.ts";
import { word } from "./texts.ts";
import { z } from "./zod.ts";

/** Which of the stack's entry points an application connects to (docs/reference/redis.md#consumers). */
const entryPoint = z.enum(["master", "sentinel", "legacy"]);

const consumer = z.strictObject({
	namespace: label.describe("Namespace whose pods the network policy lets in"),
	entryPoint,
	longLived: z
		.boolean()
		.default(false)
		.describe("Keeps connections idle (pub/sub, blocking pops): must use Sentinel discovery"),
	databases: z.array(z.int().min(0).max(15)).default([0]).describe("Logical database numbers in use"),
	prefix: word.optional().describe("Key prefix, when the application shares its database"),
	login: z
		.boolean()
		.default(false)
		.describe("Logs in by its name: it then reaches keys with its prefix only, and all without one"),
});

/**
 * Bytes of a proxy whose two listeners are full: the process, and per connection two buffers of 16 KiB
 * (`tune.bufsize` of the HAProxy manual) and what belongs to them.
 */
function memoryOfProxy(maxConnections: number): number {
	return (32 + Math.ceil((2 * maxConnections * 40) / 1024)) * MiB;
}

/** The shared Redis: replica set, Sentinels and the proxy in front of them. */
export const redis = z
	.strictObject({
		images: z.strictObject({ redis: image, haproxy: image }),
		nodes: z.int().describe("Data nodes; each carries one Sentinel"),
		quorum: z.int().describe("Sentinels that must agree before a failover"),
		masterName: z.string().regex(/^[\w.-]+$/),
		downAfter: duration.describe("A master that is silent this long counts as down"),
		failoverTimeout: duration.describe("Longest time of one failover attempt"),
		writeSafety: z
			.strictObject({
				minReplicas: z.int().min(0).describe("Refuse writes with fewer connected replicas; 0 turns it off"),
				maxLag: wholeSeconds.describe("A replica silent for longer does not count"),
			})
			.describe("Trades availability for safety: no acknowledged write on a master that is alone"),
		memory: bytes.describe("Request and limit of a data node"),
		sentinelMemory: bytes,
		volume: growingVolume("volume"),
		proxy: z.strictObject({
			replicas: z.int().min(2).describe("Two at least: one is drained while another serves"),
			memory: bytes,
			maxConnections: z.int().min(1).describe("Of each listener of one proxy pod"),
			idleTimeout: haproxyTimer.describe("A connection that is silent this long is closed"),
			check: z.strictObject({
				interval: haproxyTimer,
				timeout: haproxyTimer,
				fall: z.int().min(1),
				rise: z.int().min(1),
			}),
			resolve: haproxyTimer.describe("Interval of DNS queries for each data node"),
			hold: z.strictObject({
				valid: haproxyTimerOrNone,
				obsolete: haproxyTimerOrNone.describe("How long an address is used after DNS has replaced it"),
				nx: haproxyTimerOrNone.describe("How long the last address is used after the name is gone"),
				failure: haproxyTimerOrNone.describe("The same for DNS time-outs, refusals and other failures"),
			}),
		}),
		toleratedDnsOutage: durationOrNone.describe("A DNS outage this long must not change the routing"),
		backup: z.strictObject({ schedule: cronSchedule, retention: wholeDays, capacity: bytes }),
		anonymous: z
			.enum(["everything", "keys", "nothing"])
			.describe(
				"What is open to who has not logged in; a running set goes from `everything` to `keys` and only then to `nothing`",
			),
		passwords: z
			.string()
			.regex(/^[\w-]+(\/[\w-]+)*$/)
			.describe("Entry of Vault with the password of each user: `operator`, and applications that log in"),
		consumers: z.record(label, consumer).describe("Applications by name"),
	})
	.superRefine((redis, context) => {
		const problem = (path: PropertyKey[], message: string) =>
			context.addIssue({ code: "custom", path, message });
		const majority = Math.floor(redis.nodes / 2) + 1;
		if (redis.nodes < 3)
			problem(["nodes"], `${redis.nodes} Sentinels cannot outvote the loss of one: use 3 or more`);
		else if (redis.quorum < majority)
			problem(
				["quorum"],
				`expected at least ${majority}: a minority of ${redis.nodes} could start a failover`,
			);
		if (redis.nodes >= 3 && redis.quorum > redis.nodes - 1)
			problem(
				["quorum"],
				`expected at most ${redis.nodes - 1}: with one node lost, ${redis.quorum} of ${redis.nodes} can never agree`,
			);
		if (redis.nodes >= 3 && redis.writeSafety.minReplicas > redis.nodes - 2)
			problem(
				["writeSafety", "minReplicas"],
				`expected at most ${redis.nodes - 2}: with one node lost, the master would refuse every write`,
			);
		const { hold, check, idleTimeout } = redis.proxy;
		if (hold.obsolete > seconds(1))
			problem(
				["proxy", "hold", "obsolete"],
				"expected at most 1s: every address change is delayed by all of it",
			);
		if (hold.failure < redis.toleratedDnsOutage)
			problem(
				["proxy", "hold", "failure"],
				"expected at least toleratedDnsOutage: a shorter hold takes Redis down with the DNS",
			);
		if (check.timeout > idleTimeout)
			problem(["proxy", "check", "timeout"], "expected at most proxy.idleTimeout");
		if (redis.failoverTimeout < redis.downAfter) problem(["failoverTimeout"], "expected at least downAfter");
		if (redis.memory < 256 * MiB)
			problem(["memory"], "expected at least 256Mi: a full resynchronisation was killed at less");
		if (redis.sentinelMemory < 64 * MiB) problem(["sentinelMemory"], "expected at least 64Mi");
		const proxyMemory = Math.max(64 * MiB, memoryOfProxy(redis.proxy.maxConnections));
		if (redis.proxy.memory < proxyMemory)
			problem(
				["proxy", "memory"],
				`expected at least ${formatBytes(proxyMemory)}: HAProxy and both its listeners with ${redis.proxy.maxConnections} connections each`,
			);
		for (const [name, { login }] of Object.entries(redis.consumers)) {
			if (name === "operator" || name === "default")
				problem(["consumers", name], `expected another name: Redis knows ${name} already`);
			if (!login && redis.anonymous === "nothing")
				problem(["consumers", name, "login"], "expected true: nothing is open to who has not logged in");
		}
		for (const [name, { longLived, entryPoint }] of Object.entries(redis.consumers))
			if (longLived && entryPoint !== "sentinel")
				problem(
					["consumers", name, "entryPoint"],
					"expected sentinel: the proxy closes connections that stay idle",
				);
	});

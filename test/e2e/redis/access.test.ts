import { afterAll, describe, expect, test } from "vitest";
import { operator } from "../../../constructs/redis/users.ts";
import { secretValue } from "../harness/deployed-stack.ts";
import { needs } from "../harness/needs.ts";
import type { Reply } from "../harness/resp.ts";
import { once } from "../harness/scenario.ts";
import { waitFor } from "../harness/wait-for.ts";
import { redeploy, startDeployed } from "./deployed-lab.ts";
import type { RedisLab } from "./redis-lab.ts";

needs("root", "ip", "redis-server", "redis-cli", "haproxy", "dnsmasq");

const within = 180_000;

/** What says nothing about rights: that nobody answered, or that a replica is late. */
const transient = /^(\S+: E\w+$|NOREPLICAS|LOADING|MASTERDOWN)/;

/** What a command answers: its reply, or the first word of the refusal. */
async function answer(ask: () => Promise<Reply>): Promise<Reply> {
	const [said = null] = await waitFor(
		"an answer that lasts",
		() =>
			ask().then(
				(reply) => [reply],
				({ message }: Error) => !transient.test(message) && [message.split(" ")[0] ?? ""],
			),
		{ within: 60_000, every: 200 },
	);
	return said;
}

const consumers = {
	shop: { namespace: "shop", entryPoint: "sentinel" as const, prefix: "shop:", login: true },
	forum: { namespace: "forum", entryPoint: "master" as const, login: true },
};

let shared: RedisLab | undefined;
const keys = once(async () => {
	shared = await startDeployed({ consumers });
	return shared;
});
afterAll(() => shared?.[Symbol.dispose]());

/** Asks the master as somebody, or as nobody. */
const application = ({ client, proxyTarget: { host, port } }: RedisLab, words: string, login = {}) =>
	answer(() => client.command({ host, port, ...login }, words.split(" "), 5000));

/** Asks the Sentinel of the first node as somebody. */
const sentinel = (lab: RedisLab, words: string, login = {}) =>
	answer(() =>
		lab.client.command({ host: lab.node(0).host.address, port: 26379, ...login }, words.split(" "), 5000),
	);
const as = (user: string, password = secretValue(user)) => ({ login: [user, password] as const });

describe.concurrent("who has not logged in", () => {
	test("reads and writes keys, and does not reach what others need", { timeout: within }, async () => {
		const lab = await keys();
		for (const words of [
			"SET a 1",
			"KEYS a",
			"INFO memory",
			"ROLE",
			"SCAN 0",
			"SORT a-list",
			"CLIENT SETNAME app",
			"CLIENT ID",
			"EVAL return(redis.call('SET','a','1')) 0",
			"PUBLISH channel word",
			"SELECT 2",
		])
			expect([words, await application(lab, words)]).not.toEqual([words, "NOPERM"]);
		for (const words of [
			"FLUSHALL",
			"FLUSHDB",
			"SWAPDB 0 1",
			"CONFIG GET masterauth",
			"CONFIG SET maxmemory 1",
			"REPLICAOF NO ONE",
			"FAILOVER",
			"SHUTDOWN NOSAVE",
			"BGREWRITEAOF",
			"CLIENT KILL TYPE normal",
			"CLIENT PAUSE 100",
			"CLIENT LIST",
			"MONITOR",
			"MODULE LIST",
			"ACL LIST",
			"ACL SETUSER eve on nopass +@all",
			"MIGRATE 192.0.2.1 6379 a 0 1",
			"RESTORE a 0 x",
			"SCRIPT FLUSH",
			"FUNCTION FLUSH",
			"SLOWLOG RESET",
			"LATENCY RESET",
		])
			expect([words, await application(lab, words)]).toEqual([words, "NOPERM"]);
		expect(await application(lab, "EVAL return(redis.call('FLUSHALL')) 0")).toBe("ERR");
		expect(await application(lab, "GET a")).toBe("1");
	});

	test("asks a Sentinel for the master, and moves nothing", { timeout: within }, async () => {
		const lab = await keys();
		for (const words of [
			"PING",
			"SENTINEL get-master-addr-by-name mymaster",
			"SENTINEL replicas mymaster",
			"SENTINEL sentinels mymaster",
			"SENTINEL masters",
			"SENTINEL CKQUORUM mymaster",
			"INFO sentinel",
			"ROLE",
			"CLIENT SETNAME app",
		])
			expect([words, await sentinel(lab, words)]).not.toEqual([words, "NOPERM"]);
		for (const words of [
			"SENTINEL failover mymaster",
			"SENTINEL RESET mymaster",
			"SENTINEL REMOVE mymaster",
			"SENTINEL SET mymaster quorum 1",
			"SENTINEL MONITOR other 192.0.2.1 6379 1",
			"SENTINEL CONFIG SET announce-port 1",
			"SENTINEL SIMULATE-FAILURE crash-after-election",
			"SENTINEL is-master-down-by-addr 192.0.2.1 6379 9 00",
			"PUBLISH __sentinel__:hello 192.0.2.1",
			"SHUTDOWN",
			"ACL LIST",
		])
			expect([words, await sentinel(lab, words)]).toEqual([words, "NOPERM"]);
	});
});

describe.concurrent("an application that logs in", () => {
	test("reaches the keys of its prefix, by its own password only", { timeout: within }, async () => {
		const lab = await keys();
		const shop = (words: string, password?: string) => application(lab, words, as("shop", password));
		expect(await shop("SET shop:cart 1")).toBe("OK");
		expect(await shop("GET shop:cart")).toBe("1");
		expect(await shop("GET a")).toBe("NOPERM");
		expect(await shop("SET shops 1")).toBe("NOPERM");
		expect(await shop("EVAL return(redis.call('GET','a')) 0")).toBe("ERR");
		expect(await shop("FLUSHALL")).toBe("NOPERM");
		expect(await shop("ACL WHOAMI", "guess")).not.toBe("shop");
		expect(await application(lab, "SET any 1", as("forum"))).toBe("OK");
		expect(await sentinel(lab, "SENTINEL failover mymaster", as("shop"))).toBe("NOPERM");
		expect(await sentinel(lab, "SENTINEL get-master-addr-by-name mymaster", as("shop"))).toHaveLength(2);
	});

	test("is the only one, where nothing is open", { timeout: within }, async () => {
		using lab = await startDeployed({ anonymous: "nothing", consumers }, { writer: "forum" });
		expect(await application(lab, "GET a")).toBe("NOPERM");
		expect(await application(lab, "PSYNC ? -1")).toBe("NOPERM");
		expect(await application(lab, "SET a 1", as("forum"))).toBe("OK");
	});
});

describe.concurrent("a set that is running", () => {
	test("is closed node by node, without a write that is lost", { timeout: 3 * within }, async () => {
		using lab = await startDeployed({ anonymous: "everything" });
		redeploy(lab, { anonymous: "keys" });
		const { lost } = await lab.whileWriting(async () => {
			for (const node of [...lab.nodes].reverse()) {
				await node.stop();
				node.start();
				await waitFor(
					`${node.name} is part of the set`,
					async () => {
						const { role, master_link_status } = await node.replication();
						return role === "master" || master_link_status === "up";
					},
					{ within, every: 200 },
				);
			}
		});
		expect(lost).toBe(0);
		expect(await application(lab, "FLUSHALL")).toBe("NOPERM");
	});

	test("whose other nodes know no users yet takes in one that does", { timeout: 2 * within }, async () => {
		using lab = await startDeployed({ anonymous: "everything" });
		for (const node of lab.nodes.slice(1)) {
			await node.command("ACL", "DELUSER", operator);
			await node.sentinel("ACL", "DELUSER", operator);
		}
		await lab.node(0).stop();
		lab.node(0).start();
		await waitFor("it follows", async () => (await lab.node(0).replication()).master_link_status === "up", {
			within,
			every: 200,
		});
		await waitFor(
			"it takes part in votes",
			async () => (await sentinel(lab, "SENTINEL CKQUORUM mymaster")) !== "NOQUORUM",
			{
				within,
				every: 200,
			},
		);
	});
});

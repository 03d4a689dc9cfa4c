import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { needs } from "../harness/needs.ts";
import { summary } from "../harness/scenario.ts";
import { since, waitFor } from "../harness/wait-for.ts";
import { startDeployed } from "./deployed-lab.ts";
import type { LabNode } from "./lab-node.ts";
import type { RedisLab } from "./redis-lab.ts";

needs("root", "ip", "redis-server", "redis-cli", "haproxy", "dnsmasq");

const within = 60_000;
/** Longest time from the acknowledgement of a write to its arrival in the append-only file (`everysec`). */
const fileDelay = 2500;

/** Hands the mastership to another node than the founder of the set. */
async function makeOtherMaster(lab: RedisLab): Promise<LabNode> {
	await lab.node(0).sentinel("SENTINEL", "failover", "mymaster");
	return await waitFor(
		"another node is the only master",
		async () => {
			const masters = await lab.masters();
			return masters.length === 1 && masters[0] !== lab.node(0) && masters[0];
		},
		{ within, every: 200 },
	);
}

/** Waits until the proxy leads writes to a master that at least one replica follows. */
async function writable(lab: RedisLab): Promise<void> {
	const write = () => lab.client.command(lab.proxyTarget, ["SET", "writable", "yes"], 500);
	await waitFor("writes are taken", write, { within, every: 200 });
}

/** Writes a key, and waits until every node has it in its file. */
async function keep(lab: RedisLab, value: string): Promise<void> {
	const set = () => lab.client.command(lab.proxyTarget, ["SET", "kept", value]);
	await waitFor("a write is taken", set, { within, every: 200 });
	for (const node of lab.nodes) {
		const has = async () => (await node.command("EXISTS", "kept")) === 1;
		await waitFor(`${node.name} has it`, has, { within });
		await node.written();
	}
}

function read(lab: RedisLab, key: string) {
	const get = () => lab.client.command(lab.proxyTarget, ["GET", key]);
	return waitFor(`${key} is read`, get, { within, every: 200 });
}

describe.concurrent("the life of a data node", { timeout: 5 * within }, () => {
	test("three nodes that start at once agree on one master", async () => {
		using lab = await startDeployed();
		const roles = await Promise.all(lab.nodes.map((node) => node.role()));
		expect(roles.sort()).toEqual(["master", "slave", "slave"]);
	});

	test("after an outage of the whole set, with new addresses, the last master is master and has its keys", async () => {
		using lab = await startDeployed();
		const last = await makeOtherMaster(lab);
		await writable(lab);
		await keep(lab, "through the outage");
		await sleep(fileDelay);
		await Promise.all(lab.nodes.map((node) => node.written()));
		await Promise.all(lab.nodes.map((node) => node.kill()));
		for (const node of lab.nodes) node.host.moveTo(`10.96.1.${node.ordinal + 101}/16`);
		lab.publish();
		const start = Date.now();
		for (const node of lab.nodes) node.start();
		await writable(lab);
		summary("whole set restarted", `writable after ${since(start) / 1000} s`);
		expect(await lab.soleMaster()).toBe(last);
		expect(await read(lab, "kept")).toBe("through the outage");
	});

	test("a set that is stopped at once is down within seconds: nobody waits for a peer that leaves too", async () => {
		using lab = await startDeployed();
		await writable(lab);
		const start = Date.now();
		await Promise.all(lab.nodes.map((node) => node.stop()));
		summary("whole set stopped", `down after ${since(start) / 1000} s`);
		expect(since(start)).toBeLessThan(12_000);
	});

	test("a set that comes back without its last master elects another one, keys included", async () => {
		using lab = await startDeployed();
		const last = await makeOtherMaster(lab);
		await writable(lab);
		await keep(lab, "by the replicas");
		await Promise.all(lab.nodes.map((node) => node.kill()));
		lab.publish({ absent: [last] });
		const start = Date.now();
		for (const node of lab.nodes) if (node !== last) node.start();
		await writable(lab);
		summary("set restarted without its last master", `writable after ${since(start) / 1000} s`);
		expect(await read(lab, "kept")).toBe("by the replicas");
	});

	test("a master that comes back with an empty volume does not empty its replicas", async () => {
		using lab = await startDeployed();
		const master = await lab.soleMaster();
		await keep(lab, "by the replicas");
		await master.kill();
		rmSync(master.volume, { recursive: true });
		const start = Date.now();
		master.start();
		await waitFor(
			"it follows another",
			async () => (await master.replication()).master_link_status === "up",
			{
				within,
				every: 200,
			},
		);
		await writable(lab);
		summary("master with an empty volume", `follows another after ${since(start) / 1000} s`);
		expect(await read(lab, "kept")).toBe("by the replicas");
	});

	test("the proxy is ready only while a master is selected, and always alive", async () => {
		using lab = await startDeployed();
		const status = async (path: string) => (await lab.client.get(lab.statusUrl(path))).status;
		await waitFor("it is ready", async () => (await status("/ready")) === 200, { within });
		await Promise.all(lab.nodes.map((node) => node.kill()));
		await waitFor("it is not ready", async () => (await status("/ready")) === 503, { within });
		await waitFor("it is alive", async () => (await status("/live")) === 200, { within });
	});

	test("the metrics that the alerts read are there, and say what is the case", async () => {
		using lab = await startDeployed();
		const value = async (name: string) => {
			const { body } = await lab.client.get(lab.statusUrl("/metrics"));
			const line = body.split("\n").find((line) => line.startsWith(`${name} `));
			return Number(line?.split(" ")[1]);
		};
		const servers = (backend: string) => value(`haproxy_backend_active_servers{proxy="observe_${backend}"}`);
		// HAProxy takes every server for up until its first check has failed.
		await waitFor("the checks have found the only master", async () => (await servers("role_master")) === 1, {
			within,
		});
		await waitFor("every Sentinel sees a quorum", async () => (await servers("quorum")) === 3, {
			within,
		});
		await waitFor("every Sentinel knows the others", async () => (await servers("members")) === 3, {
			within,
		});
		await waitFor("every replica follows", async () => (await servers("replication")) === 3, {
			within,
		});
		expect(await value('haproxy_frontend_limit_sessions{proxy="redis"}')).toBe(256);
		expect(await value('haproxy_frontend_current_sessions{proxy="redis"}')).toBeGreaterThanOrEqual(0);
	});
});

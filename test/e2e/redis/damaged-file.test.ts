import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { needs } from "../harness/needs.ts";
import { waitFor } from "../harness/wait-for.ts";
import { startDeployed } from "./deployed-lab.ts";
import type { LabNode } from "./lab-node.ts";
import type { RedisLab } from "./redis-lab.ts";

needs("root", "ip", "redis-server", "redis-cli", "haproxy", "dnsmasq");

const within = 60_000;
const keys = 200;

/** A set with data whose every node has them on its disk. */
async function filled(): Promise<RedisLab> {
	const lab = await startDeployed();
	for (let key = 0; key < keys; key++)
		await waitFor(
			"a write",
			() => lab.client.command(lab.proxyTarget, ["SET", `kept:${key}`, "x".repeat(50)]),
			{
				within,
			},
		);
	await waitFor(
		"every file has it",
		() => lab.nodes.every((node) => statSync(fileOf(node)).size > keys * 50),
		{
			within,
		},
	);
	return lab;
}

/** The last part of the append-only file. */
function fileOf(node: LabNode): string {
	const folder = join(node.volume, "appendonlydir");
	const name = readdirSync(folder).find((file) => file.endsWith(".incr.aof"));
	return join(folder, name ?? "");
}

/** Zeroes in the middle, as a disk leaves them. */
function damage(node: LabNode): void {
	const bytes = readFileSync(fileOf(node));
	bytes.fill(0, bytes.length / 2, bytes.length / 2 + 500);
	writeFileSync(fileOf(node), bytes);
}

/** Starts a node, and once more when its server ends, as the kubelet does. */
async function startTwice(node: LabNode): Promise<void> {
	node.start();
	await node.daemons[0]?.exited;
	await node.kill();
	node.start();
}

const follows = async (node: LabNode) => (await node.replication()).master_link_status === "up";

/** Starts a node whenever its server has ended, as the kubelet does, until it follows a master. */
async function startUntilItFollows(node: LabNode): Promise<void> {
	let running = false;
	const started = async () => {
		if (running) return follows(node);
		await node.kill();
		node.start();
		running = true;
		void node.daemons[0]?.exited.then(() => {
			running = false;
		});
		return false;
	};
	await waitFor("it follows a master", started, { within, every: 500 });
}

describe.concurrent("a damaged append-only file", { timeout: 6 * within }, () => {
	test("a node whose file is damaged takes all data from the master", async () => {
		using lab = await filled();
		const master = await lab.soleMaster();
		const replica = lab.nodes.find((node) => node !== master) as LabNode;
		await replica.kill();
		damage(replica);
		await startUntilItFollows(replica);
		expect(await replica.command("DBSIZE")).toBeGreaterThanOrEqual(keys);
		expect(existsSync(join(replica.volume, "appendonlydir.damaged"))).toBe(true);
		expect(existsSync(join(replica.volume, "not-loaded"))).toBe(false);
	});

	test("a node alone keeps its damaged file, and takes the others' data once they are there", async () => {
		using lab = await filled();
		const master = await lab.soleMaster();
		await Promise.all(lab.nodes.map((node) => node.kill()));
		damage(master);
		await startTwice(master);
		await waitFor("it ends again", () => master.daemons[0]?.log.includes("no other node is a master"), {
			within,
		});
		await master.daemons[0]?.exited;
		expect(existsSync(fileOf(master))).toBe(true);
		expect(existsSync(join(master.volume, "appendonlydir.damaged"))).toBe(false);

		for (const node of lab.nodes) if (node !== master) node.start();
		await lab.soleMaster(within);
		await startUntilItFollows(master);
		expect(await master.command("DBSIZE")).toBeGreaterThanOrEqual(keys);
	});

	test("a file whose last write was cut off is loaded, and nothing is put aside", async () => {
		using lab = await filled();
		const master = await lab.soleMaster();
		const replica = lab.nodes.find((node) => node !== master) as LabNode;
		await replica.kill();
		truncateSync(fileOf(replica), statSync(fileOf(replica)).size - 20);
		replica.start();
		await waitFor("it follows a master", () => follows(replica), { within, every: 200 });
		expect(replica.daemons[0]?.log).toContain("Truncating the AOF");
		expect(existsSync(join(replica.volume, "appendonlydir.damaged"))).toBe(false);
	});
});

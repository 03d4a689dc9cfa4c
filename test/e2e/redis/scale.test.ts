import { expect, test } from "vitest";
import { needs } from "../harness/needs.ts";
import { waitFor } from "../harness/wait-for.ts";
import { redeploy, startDeployed } from "./deployed-lab.ts";
import type { LabNode } from "./lab-node.ts";
import type { RedisLab } from "./redis-lab.ts";

needs("root", "ip", "redis-server", "redis-cli", "haproxy", "dnsmasq");

const within = 60_000;

async function write(lab: RedisLab, key: string): Promise<void> {
	const set = async () => (await lab.soleMaster()).command("SET", key, "kept");
	await waitFor("a write is taken", set, { within, every: 200 });
}

const isReady = async (node: LabNode) => {
	const { role, master_link_status } = await node.replication();
	return role === "master" || master_link_status === "up";
};

/** Replaces the pods of nodes by those of the new template, as the controller does: the last first, one by one. */
async function roll(nodes: readonly LabNode[]): Promise<void> {
	for (const node of nodes.toReversed()) {
		await node.stop();
		node.start();
		await waitFor(`${node.name} is ready`, () => isReady(node), { within, every: 200 });
	}
}

/** Waits until every Sentinel knows just the others of the set. */
async function voters(lab: RedisLab, others: number): Promise<void> {
	for (const node of lab.nodes)
		await waitFor(
			`the Sentinel of ${node.name} knows ${others} others`,
			async () => (await node.watched())["num-other-sentinels"] === String(others),
			{ within, every: 200 },
		);
}

test("a node less: the dead one has no vote, the next loss of the master is healed, and it can come back", {
	timeout: 300_000,
}, async () => {
	using lab = await startDeployed({ nodes: 4, quorum: 3 });
	await write(lab, "of four");

	redeploy(lab, { nodes: 3, quorum: 2 });
	const leaver = lab.node(3);
	await leaver.stop();
	lab.nodes.pop();
	lab.publish();
	await roll(lab.nodes);
	await voters(lab, 2);
	await write(lab, "of three");
	const master = await lab.soleMaster();
	await master.kill();
	expect(await lab.soleMaster(within)).not.toBe(master);
	master.start();
	await waitFor("it follows", () => isReady(master), { within, every: 200 });
	await write(lab, "after the loss");

	// Its claim was kept: it comes with the data and the memory of then.
	redeploy(lab, { nodes: 4, quorum: 3 });
	lab.nodes.push(leaver);
	lab.publish();
	leaver.start();
	await waitFor("it follows", () => isReady(leaver), { within, every: 200 });
	await roll(lab.nodes.slice(0, 3));
	await voters(lab, 3);
	for (const node of lab.nodes) {
		await waitFor(`${node.name} is ready`, () => isReady(node), { within, every: 200 });
		expect(await node.command("EXISTS", "of four", "of three", "after the loss")).toBe(3);
	}
});

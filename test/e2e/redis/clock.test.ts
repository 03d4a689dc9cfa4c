import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { needs } from "../harness/needs.ts";
import { once } from "../harness/scenario.ts";
import { waitFor } from "../harness/wait-for.ts";
import { startDeployed } from "./deployed-lab.ts";
import { Kubelet } from "./faults/kubelet.ts";
import { prepareMachine, stepClock } from "./faults/machine.ts";
import type { LabNode } from "./lab-node.ts";
import type { RedisLab } from "./redis-lab.ts";

needs("root", "ip", "redis-server", "redis-cli", "haproxy", "dnsmasq", "cc");

const day = 86_400;

/** How often the thread that brings the append-only file to the disk had something to do. */
function syncs(node: LabNode): number {
	const tasks = `/proc/${node.daemons[0]?.pid}/task`;
	const [thread] = readdirSync(tasks).filter((task) =>
		readFileSync(join(tasks, task, "comm"), "utf8").startsWith("bio_aof"),
	);
	const status = readFileSync(join(tasks, thread ?? "", "status"), "utf8");
	return Number(status.match(/^voluntary_ctxt_switches:\s*(\d+)/m)?.[1]);
}

/** What the Sentinel of a node says of the master. */
async function masterOf(node: LabNode): Promise<string> {
	const { ip, flags } = await node.watched();
	return `${ip} ${flags}`;
}

/** A replica's node starts a day ahead, as one does that has not asked for the time yet, and then asks. */
const corrected = once(async () => {
	using lab = await startDeployed({}, { machine: prepareMachine });
	using kubelet = new Kubelet(lab);
	const master = await lab.soleMaster();
	const [early, other] = lab.nodes.filter((node) => node !== master) as [LabNode, LabNode];
	await kubelet.kill(early);
	stepClock(early, day);
	kubelet.start(early);
	const follows = async (node: LabNode) => (await node.replication()).master_link_status === "up";
	await waitFor("it follows", () => follows(early), { within: 60_000 });
	await waitFor("its Sentinel knows the master", async () => (await masterOf(early)).endsWith(" master"), {
		within: 30_000,
	});
	stepClock(early, 0);
	const unwritten = await syncsWhileWriting(lab, early).catch((error: Error) => error);
	await kubelet.kill(master);
	const failure = await replaced(lab, [early, other]).catch((error: Error) => error);
	return { unwritten, failure };
});

/** @throws when no other node leads, or not all Sentinels know it */
async function replaced(lab: RedisLab, remaining: readonly LabNode[]): Promise<void> {
	const successor = await lab.soleMaster(120_000);
	await waitFor(
		"the Sentinels of both agree",
		async () => {
			const said = await Promise.all(remaining.map((node) => masterOf(node)));
			return said.every((text) => text === `${successor.name} master`);
		},
		{ within: 60_000 },
	);
}

/** @throws when the node does not bring writes to its disk all the time: within a few seconds on a machine that is not busy */
async function syncsWhileWriting(lab: RedisLab, node: LabNode): Promise<void> {
	await lab.client.startWriting(lab.proxyTarget);
	await sleep(1500);
	const before = syncs(node);
	await waitFor("three seconds of writes are on the disk", () => syncs(node) >= before + 3, {
		within: 20_000,
	});
	await lab.client.stopWriting();
}

const timeout = 400_000;
describe.concurrent("the clock of a node is a day ahead when it starts, and is then set back", {
	timeout,
}, () => {
	test("a master that is lost is replaced, and its Sentinel knows", async () => {
		expect((await corrected()).failure).toBeUndefined();
	});

	test("its server goes on bringing each second's writes to the disk", async () => {
		expect((await corrected()).unwritten).toBeUndefined();
	});
});

import { expect, test } from "vitest";
import { needs } from "../harness/needs.ts";
import { summary } from "../harness/scenario.ts";
import { waitFor } from "../harness/wait-for.ts";
import { startDeployed } from "./deployed-lab.ts";
import { recovered } from "./faults/apply.ts";
import { Kubelet } from "./faults/kubelet.ts";
import type { LabNode } from "./lab-node.ts";

needs("root", "ip", "redis-server", "redis-cli", "haproxy", "dnsmasq");

/** Whether the Sentinel of a node takes the master for down. */
async function missesMaster(node: LabNode): Promise<boolean> {
	const { flags = "" } = await node.watched().catch(() => ({ flags: "" }));
	return flags.includes("s_down");
}

const timeout = 300_000;

test.concurrent("no write that a majority held is lost when the master comes back while it is being replaced", {
	timeout,
}, async () => {
	using lab = await startDeployed();
	using kubelet = new Kubelet(lab);
	const master = await lab.soleMaster();
	const replicas = lab.nodes.filter((node) => node !== master);
	await Promise.all(lab.nodes.map((node) => kubelet.kill(node)));
	for (const node of replicas) kubelet.start(node);
	const missed = () => Promise.all(replicas.map(missesMaster)).then((all) => all.includes(true));
	await waitFor("a Sentinel misses the master", missed, { within: 60_000, every: 20 });
	await lab.client.startWriting(lab.proxyTarget, { wait: true });
	kubelet.start(master);
	await recovered(lab, 60_000);
	const held = (await lab.client.stopWriting()).filter(({ held }) => held);
	const survivors = new Set((await (await lab.soleMaster()).command("KEYS", "probe:*")) as string[]);
	const lost = held.filter(({ key }) => !survivors.has(key)).map(({ key }) => key);
	summary("master comes back while it is replaced", `${held.length} writes held`, `${lost.length} lost`);
	expect(held.length).toBeGreaterThan(0);
	expect(lost).toEqual([]);
});

test.concurrent("no write that a majority held is lost to a replica that goes further in the history of before", {
	timeout,
}, async () => {
	using lab = await startDeployed();
	const master = await lab.soleMaster();
	const [near, far] = lab.nodes.filter((node) => node !== master);
	if (near === undefined || far === undefined) throw new Error("the set has no two replicas");
	// A server that starts counts how far it is from nothing again, and so does who follows it.
	await lab.client.command(lab.proxyTarget, ["SET", "long ago", "x".repeat(100_000)]);
	far.host.cutOffFrom([master.host.address]);
	await master.kill();
	master.start();
	const write = async () => {
		const [answer, holders] = await lab.client.commands(
			lab.proxyTarget,
			[
				["SET", "since", "kept"],
				["WAIT", "1", "900"],
			],
			5000,
		);
		return answer === "OK" && holders === 1;
	};
	await waitFor("a write is held by two", write, { within: 60_000, every: 20 });
	const led = await lab.soleMaster();
	await led.kill();
	far.host.reconnectTo([master.host.address]);
	const next = await waitFor(
		"another node is the master",
		async () => (await lab.masters()).find((node) => node !== led),
		{ within: 60_000, every: 200 },
	);
	summary("a second history", `${led === master ? "the same master" : "a new master"} led before`);
	expect(await next.command("EXISTS", "long ago", "since")).toBe(2);
});

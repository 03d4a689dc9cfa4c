import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { needs } from "../harness/needs.ts";
import { bound, once, summary } from "../harness/scenario.ts";
import { since } from "../harness/wait-for.ts";
import { startDeployed } from "./deployed-lab.ts";
import type { RedisLab } from "./redis-lab.ts";
import { startReference } from "./reference/reference-lab.ts";

needs("root", "ip", "redis-server", "haproxy", "dnsmasq");

/** Cuts the master off from its peers, but not from the proxy; heals; waits until one master is left. */
async function isolateMaster(name: string, start: Promise<RedisLab>) {
	using lab = await start;
	const master = await lab.soleMaster();
	const peers = lab.nodes.filter((node) => node !== master);
	let mastersWhileApart = 0;
	let healedAfter = 0;
	const writes = await lab.whileWriting(async () => {
		const addresses = peers.map(({ host }) => host.address);
		master.host.cutOffFrom(addresses);
		await sleep(20_000);
		mastersWhileApart = (await lab.masters()).length;
		master.host.reconnectTo(addresses);
		const healed = Date.now();
		await lab.soleMaster(60_000);
		healedAfter = since(healed) / 1000;
		await sleep(3000);
	});
	summary(
		name,
		`${mastersWhileApart} masters while apart`,
		`one ${healedAfter.toFixed(1)} s after healing`,
		writes,
	);
	return { mastersWhileApart, writes };
}

const reference = once(() => isolateMaster("R15 partition, reference", startReference({ nodes: 3 })));
const deployed = once(() => isolateMaster("I5 partition, vote and write safety", startDeployed()));

describe.concurrent("the master is cut off from its peers, not from the proxy", () => {
	test("R15: with the reference, it goes on taking writes beside the new master, and they are lost", async () => {
		const { mastersWhileApart, writes } = await reference();
		expect(mastersWhileApart).toBe(2);
		expect(writes.lost).toBeGreaterThan(100);
	});

	test("I5: it soon refuses writes, and the vote moves them to the new master", async () => {
		const { mastersWhileApart, writes } = await deployed();
		expect(mastersWhileApart).toBe(2);
		expect(writes.lost).toBeLessThan((await reference()).writes.lost * bound(0.2));
	});
});

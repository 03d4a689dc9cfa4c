import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { unheldWrites } from "../../../constructs/redis/time-bounds.ts";
import { needs } from "../harness/needs.ts";
import { bound, once, summary } from "../harness/scenario.ts";
import { since, waitFor } from "../harness/wait-for.ts";
import { siteWith, startDeployed } from "./deployed-lab.ts";
import type { RedisLab } from "./redis-lab.ts";
import { startReference } from "./reference/reference-lab.ts";

needs("root", "ip", "redis-server", "haproxy", "dnsmasq");

/** Time for a write to be acknowledged and to reach a replica. */
const onTheWay = 500;

/**
 * Cuts the master off from its peers, but not from the proxy; heals; waits until one master is left. Each write asks whether
 * a replica has it.
 */
async function isolateMaster(name: string, start: Promise<RedisLab>) {
	using lab = await start;
	const master = await lab.soleMaster();
	const peers = lab.nodes.filter((node) => node !== master);
	let mastersWhileApart = 0;
	let healedAfter = 0;
	let cutAt = 0;
	/** Keys of each node, just before they are together again. */
	let held: readonly ReadonlySet<string>[] = [];
	const writes = await lab.whileWriting(
		async () => {
			const addresses = peers.map(({ host }) => host.address);
			cutAt = Date.now();
			master.host.cutOffFrom(addresses);
			await sleep(20_000);
			const two = async () => (await lab.masters()).length === 2;
			await waitFor("there are two masters", two, { within: 60_000, every: 200 });
			mastersWhileApart = 2;
			const keys = await Promise.all(lab.nodes.map((node) => node.command("KEYS", "probe:*")));
			held = keys.map((names) => new Set(names as string[]));
			master.host.reconnectTo(addresses);
			const healed = Date.now();
			await lab.soleMaster(60_000);
			healedAfter = since(healed) / 1000;
			await sleep(3000);
		},
		{ wait: true },
	);
	const lost = writes.lostAttempts.map((attempt) => ({
		...attempt,
		after: attempt.at - cutAt,
		holders: lab.nodes.filter((_, index) => held[index]?.has(attempt.key)).map(({ name }) => name),
	}));
	summary(
		name,
		`${mastersWhileApart} masters while apart`,
		`one ${healedAfter.toFixed(1)} s after healing`,
		`the last of those lost ${Math.max(0, ...lost.map(({ after }) => after))} ms after the cut`,
		writes,
	);
	return { mastersWhileApart, writes, lost, cutOff: master.name };
}

const reference = once(() => isolateMaster("R15 partition, reference", startReference({ nodes: 3 })));
const deployed = once(() => isolateMaster("I5 partition, vote and write safety", startDeployed()));

describe.concurrent("the master is cut off from its peers, not from the proxy", { timeout: 300_000 }, () => {
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

	test("I5: what is lost was on the cut-off master alone, and acknowledged within the documented time", async () => {
		const { lost, cutOff } = await deployed();
		expect(lost).not.toEqual([]);
		const window = unheldWrites(siteWith().redis);
		for (const write of lost) {
			expect(write).toMatchObject({ held: false, holders: [cutOff] });
			expect(write.after).toBeGreaterThan(-onTheWay);
			expect(write.after).toBeLessThan(bound(window));
		}
	});

	test("I5: every write that two nodes had is there", async () => {
		const { writes, lost } = await deployed();
		expect(writes.attempts.filter(({ held }) => held).length).toBeGreaterThan(50);
		expect(lost.filter(({ held }) => held)).toEqual([]);
	});
});

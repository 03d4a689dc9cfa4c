import { describe, expect, test } from "vitest";
import { needs } from "../harness/needs.ts";
import { bound, once, summary } from "../harness/scenario.ts";
import { startDeployed } from "./deployed-lab.ts";
import { FailoverTimeline } from "./failover-timeline.ts";
import type { LabNode } from "./lab-node.ts";
import type { RedisLab } from "./redis-lab.ts";
import { startReference } from "./reference/reference-lab.ts";

needs("root", "ip", "redis-server", "haproxy", "dnsmasq");

/** Replaces a healthy master while a client writes, and watches until the old one has left. */
async function replaceMaster(
	name: string,
	start: Promise<RedisLab>,
	{ by, until }: { by: (master: LabNode) => Promise<unknown>; until: (seen: FailoverTimeline) => boolean },
) {
	using lab = await start;
	const master = await lab.soleMaster();
	let timeline = new FailoverTimeline();
	const writes = await lab.whileWriting(async () => {
		const watching = FailoverTimeline.watch(lab, master, { until, within: 60_000 });
		await by(master);
		timeline = await watching;
	});
	summary(name, timeline, writes);
	return { timeline, writes };
}

const byCommand = (master: LabNode) => master.sentinel("SENTINEL", "failover", "mymaster");
const refused = ({ demoted, refused }: FailoverTimeline) => demoted !== undefined && refused !== undefined;

const reference = once(() =>
	replaceMaster("R2 planned failover, reference", startReference(), {
		by: byCommand,
		until: ({ unrouted }) => unrouted !== undefined,
	}),
);
const votedOnly = once(() =>
	replaceMaster(
		"I2 planned failover, routed by vote",
		startDeployed({ writeSafety: { minReplicas: 0, maxLag: "3s" } }),
		{ by: byCommand, until: refused },
	),
);
const drained = once(() =>
	replaceMaster("I4 drain of the master's node", startDeployed(), {
		by: (master) => master.stop(),
		until: ({ unrouted, routed }) => unrouted !== undefined && routed !== undefined,
	}),
);

describe.concurrent("planned failover", { timeout: 240_000 }, () => {
	test("R2: with the reference, two masters take writes for ten seconds and acknowledged ones are lost", async () => {
		const { timeline, writes } = await reference();
		expect(writes.lost).toBeGreaterThan(0);
		expect(timeline.unrouted).toBeGreaterThan(10);
		expect(timeline.routed).toBeLessThan(timeline.unrouted ?? 0);
		expect(writes.count("READONLY")).toBeGreaterThan(0);
	});

	test("I1: a replica fails the role check at once instead of by time-out", async () => {
		const { checks, refused } = (await reference()).timeline;
		expect([checks.has("L7TOUT"), refused]).toEqual([true, undefined]);
		const { timeline, writes } = await votedOnly();
		expect(timeline.refused).toBeDefined();
		expect(writes.window("READONLY")).toBeLessThan(bound(3));
	});

	test("I2: the vote moves all writes to the new master within a second and halves the losses", async () => {
		const { writes } = await votedOnly();
		expect(writes.count("READONLY")).toBe(0);
		expect(writes.outage).toBeLessThan(bound(1));
		expect(writes.lost).toBeLessThan((await reference()).writes.lost * bound(1 / 2));
	});

	test("I4: a node is drained without the loss of an acknowledged write", async () => {
		const { writes } = await drained();
		expect(writes.lost).toBe(0);
		expect(writes.count("READONLY")).toBe(0);
		expect(writes.outage).toBeLessThan(bound(3));
	});
});

import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { needs } from "../harness/needs.ts";
import { bound, once, summary } from "../harness/scenario.ts";
import { since, waitFor } from "../harness/wait-for.ts";
import { siteWith, startDeployed } from "./deployed-lab.ts";
import type { LabNode } from "./lab-node.ts";
import type { RedisLab } from "./redis-lab.ts";
import { downAfter, startReference } from "./reference/reference-lab.ts";

needs("root", "ip", "redis-server", "haproxy", "dnsmasq");

/** Long enough for three detections: what has not happened by then does not happen. */
const threeDetections = 3 * downAfter;

const other = (lab: RedisLab, node: LabNode) => lab.nodes.find((one) => one !== node) as LabNode;

const reference = once(async () => {
	using lab = await startReference();
	const master = await lab.soleMaster();
	await master.kill();
	await sleep(threeDetections);
	const masters = await lab.masters();
	const quorum = await other(lab, master).sentinel("SENTINEL", "CKQUORUM", "mymaster").catch(String);
	const start = Date.now();
	master.start();
	await waitFor("it is UP again", async () => (await lab.routeTo(master)).status === "UP", {
		within: 60_000,
	});
	const back = since(start) / 1000;
	summary(
		"R4 lost node, reference",
		`${masters.length} masters after ${threeDetections / 1000} s`,
		quorum,
		`UP ${back} s after its return`,
	);
	return { masters, quorum };
});

const deployed = once(async () => {
	using lab = await startDeployed();
	const master = await lab.soleMaster();
	let quorum: unknown;
	let returned: Record<string, string> = {};
	const writes = await lab.whileWriting(async () => {
		await master.kill();
		await sleep(threeDetections);
		quorum = await other(lab, master).sentinel("SENTINEL", "CKQUORUM", "mymaster");
		master.host.moveTo("10.96.1.101/16");
		lab.publish();
		master.start();
		returned = await waitFor(
			"it follows the new master",
			async () => {
				const state = await master.replication();
				return state.master_link_status === "up" && state;
			},
			{ within: 60_000, every: 200 },
		);
	});
	summary("I3 lost node, three Sentinels and vote", writes);
	return { writes, quorum, returned };
});

describe.concurrent("the master's node is lost", { timeout: 240_000 }, () => {
	test("R4: two Sentinels with quorum 2 never replace it", async () => {
		const { masters, quorum } = await reference();
		expect(masters).toEqual([]);
		expect(quorum).toContain("NOQUORUM");
	});

	test("I3: three replace it, and writes go on five seconds after its detection", async () => {
		const { writes, quorum } = await deployed();
		expect(quorum).toMatch(/^OK 2 usable Sentinels/);
		expect(writes.outage).toBeLessThan(bound(siteWith().redis.downAfter / 1000 + 5));
	});

	test("a node that returns with another address and its old volume follows the new master", async () => {
		expect((await deployed()).returned.role).toBe("slave");
	});
});

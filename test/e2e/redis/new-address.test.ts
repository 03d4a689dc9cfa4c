import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { inSeconds } from "../../../config/schema/duration.ts";
import { redisTimeBounds } from "../../../constructs/redis/time-bounds.ts";
import { needs, slow } from "../harness/needs.ts";
import { bound, once, summary } from "../harness/scenario.ts";
import { since, waitFor } from "../harness/wait-for.ts";
import { siteWith, startDeployed } from "./deployed-lab.ts";
import type { RedisLab } from "./redis-lab.ts";
import { startReference } from "./reference/reference-lab.ts";

needs("root", "ip", "redis-server", "haproxy", "dnsmasq");

/** The master's pod is replaced: other address, same name, same volume. */
async function moveMaster(name: string, start: Promise<RedisLab>, { within }: { readonly within: number }) {
	using lab = await start;
	const master = await lab.soleMaster();
	const before = master.host.address;
	let addressAfter = Number.POSITIVE_INFINITY;
	const writes = await lab.whileWriting(async () => {
		await master.kill();
		master.host.moveTo("10.96.1.101/16");
		lab.publish();
		const start = Date.now();
		master.start();
		while (since(start) < within && (await lab.addressOf(master)) === before) await sleep(50);
		if ((await lab.addressOf(master)) === before) return;
		addressAfter = since(start) / 1000;
		const write = () => lab.client.command(lab.proxyTarget, ["SET", "recovered", "yes"], 500);
		await waitFor("writes are taken again", write, { within: 60_000 });
		await sleep(1000);
	});
	summary(name, `new address after ${addressAfter} s`, writes);
	return { addressAfter, writes };
}

const deployed = once(() => moveMaster("I6 new address, tuned holds", startDeployed(), { within: 30_000 }));

/** Seconds without writes when a master starts again. */
const again = redisTimeBounds(siteWith()).find(({ event }) => /starts again/.test(event));
const documented = again === undefined ? Number.NaN : inSeconds(again.bound);

describe.concurrent("the master's pod comes back with another address", { timeout: 240_000 }, () => {
	test("R6: with the reference, the old address is used for all of `hold obsolete`", async () => {
		const { addressAfter, writes } = await moveMaster("R6 new address, reference", startReference(), {
			within: 60_000,
		});
		expect(addressAfter).toBeGreaterThan(5);
		expect(addressAfter).toBeLessThan(Number.POSITIVE_INFINITY);
		expect(writes.outage).toBeGreaterThan(documented);
	});

	test("I6: writes go on within the documented time", async () => {
		const { writes } = await deployed();
		expect(writes.outage).toBeLessThan(bound(documented));
	});

	test("R7: without runtime resolvers no write ever reaches it", async ({ skip }) => {
		slow(skip);
		const name = "R7 new address, no resolvers";
		const { addressAfter, writes } = await moveMaster(name, startReference({ resolvers: false }), {
			within: 60_000,
		});
		expect(addressAfter).toBe(Number.POSITIVE_INFINITY);
		expect(writes.outage).toBeGreaterThan(50);
	});
});

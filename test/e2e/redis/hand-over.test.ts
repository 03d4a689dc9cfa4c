import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { needs } from "../harness/needs.ts";
import { summary } from "../harness/scenario.ts";
import { waitFor } from "../harness/wait-for.ts";
import { begin, startDeployed } from "./deployed-lab.ts";

needs("root", "ip", "redis-server", "redis-cli", "haproxy", "dnsmasq");

describe.concurrent("a failover that was asked for", () => {
	test("comes to nothing: it is asked for again", { timeout: 180_000 }, async () => {
		using lab = await startDeployed();
		const master = await lab.soleMaster();
		await master.sentinel("SENTINEL", "SIMULATE-FAILURE", "crash-after-election");
		let restarted = 0;
		const writes = await lab.whileWriting(async () => {
			const asking = begin(master, "redis", "hand-over.sh");
			while (asking.running) {
				restarted ||= master.restartEnded();
				await sleep(50);
			}
			expect(await asking.exited, asking.log).toBe(0);
			expect(restarted).toBe(1);
			expect(await lab.soleMaster(60_000)).not.toBe(master);
		});
		summary("a failover that comes to nothing", writes);
		expect(writes.lost).toBe(0);
	});

	test("takes longer than clients wait: nothing is acknowledged meanwhile", {
		timeout: 180_000,
	}, async () => {
		using lab = await startDeployed();
		const master = await lab.soleMaster();
		const taken: number[] = [];
		let last = 0;
		// Without its Sentinel nobody demotes it, and the promoted replica is turned back.
		await master.sentinel("SENTINEL", "SIMULATE-FAILURE", "crash-after-promotion");
		const begun = Date.now();
		let down = false;
		const stopping = master.stop().then(() => {
			down = true;
		});
		while (!down) {
			const answer = await master.command("SET", "late", "no").catch(() => "");
			last = (Date.now() - begun) / 1000;
			if (answer === "OK") taken.push(last);
			await sleep(50);
		}
		await stopping;
		summary("a drain without an end", `${last.toFixed(1)} s`);
		expect(last).toBeGreaterThan(8);
		// Those before it asks, and, once it has given up, those until it ends.
		expect(taken.filter((second) => second > 1 && second < last - 2)).toEqual([]);
		await waitFor(
			"another node is the master",
			async () => (await lab.masters()).some((node) => node !== master),
			{
				within: 60_000,
				every: 200,
			},
		);
	});
});

import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { needs } from "../harness/needs.ts";
import { bound, summary } from "../harness/scenario.ts";
import { since, waitFor } from "../harness/wait-for.ts";
import { siteWith, startDeployed } from "./deployed-lab.ts";
import { startReference } from "./reference/reference-lab.ts";

needs("root", "ip", "redis-server", "haproxy", "dnsmasq");

const seconds = (start: number) => since(start) / 1000;

describe.concurrent("DNS fails although every node is well", { timeout: 240_000 }, () => {
	test("R11: with the reference, Redis goes down with the DNS after twelve seconds", async () => {
		using lab = await startReference();
		const writes = await lab.whileWriting(async () => {
			const start = Date.now();
			await lab.dns.daemon.kill();
			for (const node of lab.nodes)
				await waitFor("it is taken out", async () => (await lab.routeTo(node)).status.startsWith("MAINT"), {
					within: 60_000,
				});
			summary("R11 DNS dies, reference", `all nodes out after ${seconds(start)} s`);
			await sleep(1000);
		});
		expect(writes.count("closed")).toBeGreaterThan(0);
	});

	test("I7: no write is refused for thirty seconds, nor when the DNS is back", async () => {
		using lab = await startDeployed();
		const master = await lab.soleMaster();
		const states = new Set<string>();
		const writes = await lab.whileWriting(async () => {
			await lab.dns.daemon.kill();
			const start = Date.now();
			while (seconds(start) < 40) {
				states.add((await lab.routeTo(master)).status);
				if (seconds(start) > 30 && !lab.dns.daemon.running) await lab.restartDns();
				await sleep(250);
			}
		});
		summary("I7 DNS dies, tuned holds", `master ${[...states].join(", ")}`, writes);
		// A machine that stands still for a moment costs a check or a write in time, which is no matter of DNS.
		expect([...states].filter((state) => !/^UP/.test(state))).toEqual([]);
		expect(writes.count("closed") + writes.count("refused")).toBe(0);
		expect(writes.outage).toBeLessThan(bound(5));
		expect(await lab.soleMaster()).toBe(master);
	});

	test("I8: a node whose name is gone is taken out after `hold nx`, and comes back with the name", async () => {
		using lab = await startDeployed();
		const hold = siteWith().redis.proxy.hold.nx / 1000;
		const node = lab.node(0);
		const out = async () => (await lab.routeTo(node)).status.startsWith("MAINT");
		const gone = Date.now();
		lab.publish({ absent: [node] });
		await waitFor("it is taken out", out, { within: hold * 1000 + 60_000 });
		const outAfter = seconds(gone);
		const back = Date.now();
		lab.publish();
		await waitFor("it is back", async () => !(await out()), { within: 60_000 });
		summary("I8 name gone, tuned holds", `out after ${outAfter} s`, `back ${seconds(back)} s after the name`);
		expect(outAfter).toBeGreaterThan(hold - 5);
	});
});

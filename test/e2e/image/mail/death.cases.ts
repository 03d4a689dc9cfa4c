import { describe, expect, test } from "vitest";
import { summary } from "../../harness/scenario.ts";
import { since } from "../../harness/wait-for.ts";
import { send } from "../../mail/mail.ts";
import { me, type Now } from "./running.ts";
import { withoutMarks } from "./volume.cases.ts";

/** Comes last: another container takes its place. */
export function afterItsDeath(now: Now): void {
	describe("a container that died", () => {
		test("is followed by one that has the mail, the state and the keys of the first", async () => {
			expect(await now().deliver(me, "before-the-death")).toMatch(/^250/);
			await now().pod.arrival(me, "before-the-death");
			const { length } = now().pod.inbox(me);
			const { peak, memoryLimit, kills } = now().container;
			summary("image", `most memory in use ${peak >> 20} of ${memoryLimit >> 20} MiB`);
			expect(kills).toBe(0);
			await now().pod.kill();
			// As on a volume from before there were marks: what is on it says whose it is.
			const marked = withoutMarks(now().pod);
			const ready = await now().startPod({ INFRA_FIRST_APPLY: "2026-01-01T00:00:00Z" });
			summary("image", `ready after ${ready} ms on a volume in use`);
			expect(marked()).toBe(true);
			expect(now().pod.inbox(me)).toHaveLength(length);
			const { server } = await now().login(587);
			expect(await send(server, { from: me, to: me, body: "after-the-death" })).toMatch(/^250/);
			await now().pod.arrival(me, "after-the-death");
		});

		test("ends in its time when it is asked to", async () => {
			const begin = Date.now();
			await now().pod.stop();
			const { termination_grace_period_seconds: grace } = now().harness.deployed.pod(
				"deployment",
				"mailserver",
			);
			expect(since(begin)).toBeLessThan(1000 * grace);
			summary("image", `stopped after ${since(begin)} ms`);
		});
	});
}

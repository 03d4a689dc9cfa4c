import { describe, expect, test } from "vitest";
import { summary } from "../../harness/scenario.ts";
import { since } from "../../harness/wait-for.ts";
import { send } from "../../mail/mail.ts";
import { me, type Now } from "./running.ts";

/** Comes last: another container takes its place. */
export function afterItsDeath(now: Now): void {
	describe("a container that died", () => {
		test("is followed by one that has the mail, the state and the keys of the first", async () => {
			const { length } = now().pod.inbox(me);
			const { peak, memoryLimit, kills } = now().container;
			summary("image", `most memory in use ${peak >> 20} of ${memoryLimit >> 20} MiB`);
			expect(kills).toBe(0);
			await now().pod.kill();
			summary("image", `ready after ${await now().startPod()} ms on a volume in use`);
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

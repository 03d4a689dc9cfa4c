import { expect, test } from "vitest";
import { inOrder } from "../../../engine/plan/plan-stack.ts";

test("results come in the order of the items, and no more tasks run at a time than allowed", async () => {
	let running = 0;
	let most = 0;
	const results = inOrder(2, [30, 1, 10, 1], async (delay) => {
		most = Math.max(most, ++running);
		await new Promise((resolve) => setTimeout(resolve, delay));
		running -= 1;
		if (delay === 10) throw new Error("failed");
		return delay;
	});
	expect((await Promise.all(results)).map(({ status }) => status)).toEqual([
		"fulfilled",
		"fulfilled",
		"rejected",
		"fulfilled",
	]);
	expect(most).toBe(2);
});

import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { pooled } from "../../../terminal/pool.ts";

test("results come in the order of the items, and no more tasks run at a time than allowed", async () => {
	let running = 0;
	let most = 0;
	const results = pooled(2, [30, 1, 10, 1], async (delay) => {
		most = Math.max(most, ++running);
		await sleep(delay);
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

test("an item that takes long holds up none but the last place", async () => {
	const begun: string[] = [];
	let endFirst = () => {};
	const first = new Promise<void>((resolve) => {
		endFirst = resolve;
	});
	const results = pooled(2, ["long", "a", "b", "c", "d"], async (name) => {
		begun.push(name);
		if (name === "long") await first;
	});
	await Promise.all(results.slice(1));
	expect(begun).toEqual(["long", "a", "b", "c", "d"]);
	endFirst();
	expect((await results[0])?.status).toBe("fulfilled");
});

test("a task that throws at once gives its place to the next", async () => {
	const results = pooled(1, [1, 2, 3], (item) => {
		if (item < 3) throw new Error(`no ${item}`);
		return Promise.resolve(item);
	});
	expect(await Promise.all(results)).toEqual([
		{ status: "rejected", reason: new Error("no 1") },
		{ status: "rejected", reason: new Error("no 2") },
		{ status: "fulfilled", value: 3 },
	]);
});

import { expect, test } from "vitest";
import { run } from "../../clients/host/run.ts";
import { milliseconds, minutes } from "../../config/schema/duration.ts";

test("a program that does not end is ended when its time is over, and its name is told", async () => {
	const start = performance.now();
	await expect(run("sleep", ["60"], { name: "a plan", within: milliseconds(200) })).rejects.toThrow(
		"a plan had not ended after 200ms",
	);
	expect(performance.now() - start).toBeLessThan(20_000);
});

test("one that ends by itself is not kept, and its exit code decides", async () => {
	expect(await run("sh", ["-c", "echo done; exit 3"], { within: minutes(15) })).toEqual({
		code: 3,
		stdout: "done\n",
		stderr: "",
	});
});

test("what it had said by then is of no account: half a plan is none", async () => {
	await expect(
		run("sh", ["-c", "trap 'exit 0' INT; echo half; while :; do sleep 0.05; done"], {
			within: milliseconds(300),
		}),
	).rejects.toThrow("sh had not ended after 300ms");
});

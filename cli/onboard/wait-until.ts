import { setTimeout as sleep } from "node:timers/promises";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { interruption } from "../../terminal/interruption.ts";

/** Milliseconds between two checks. */
const interval = 1_000;

/**
 * Repeats a check until it finds no problem.
 *
 * @param problem the check: what is wrong, or undefined
 * @param within timeout in milliseconds
 * @throws Error with the last problem after the timeout; Interrupted after Ctrl-C
 */
export async function waitUntil(problem: () => Promise<string | undefined>, within: number): Promise<void> {
	const end = performance.now() + within;
	for (;;) {
		const wrong = await problem();
		if (wrong === undefined) return;
		interruption.throwIfAborted();
		if (performance.now() + interval > end) throw new VisibleError(`${wrong} (after ${within / 1000}s)`);
		await sleep(interval, undefined, { signal: interruption }).catch(() => interruption.throwIfAborted());
	}
}

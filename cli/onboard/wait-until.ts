import { setTimeout as sleep } from "node:timers/promises";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { interruption } from "../../terminal/interruption.ts";

/** Milliseconds between two looks. */
const interval = 1_000;

/**
 * Looks again and again until nothing is wrong any more.
 *
 * @param problem what is wrong, or undefined
 * @param within milliseconds
 * @throws Error with what was wrong at the last look; Interrupted after Ctrl-C
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

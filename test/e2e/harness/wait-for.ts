import { setTimeout as sleep } from "node:timers/promises";

/** Milliseconds since a moment given as `Date.now()`. */
export const since = (start: number) => Date.now() - start;

/**
 * Repeats a question until its answer is truthy.
 *
 * @param within milliseconds; @param every pause between two questions, in milliseconds
 * @throws when the time is over, with the error of the last question as the cause
 */
export async function waitFor<T>(
	what: string,
	question: () => T | Promise<T>,
	{ within, every = 50 }: { within: number; every?: number },
): Promise<Exclude<T, undefined | null | false | 0 | "">> {
	const start = Date.now();
	let cause: unknown;
	for (;;) {
		try {
			const answer = await question();
			if (answer) return answer as Exclude<T, undefined | null | false | 0 | "">;
			cause = undefined;
		} catch (error) {
			cause = error;
		}
		if (since(start) > within) throw new Error(`not within ${within / 1000} s: ${what}`, { cause });
		await sleep(every);
	}
}

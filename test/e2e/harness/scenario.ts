import { writeSync } from "node:fs";

/** Runs an action at the first call only: tests that look at one scenario from several sides share it. */
export function once<T>(action: () => Promise<T>): () => Promise<T> {
	let result: Promise<T> | undefined;
	return () => {
		result ??= action();
		return result;
	};
}

/** A time bound in seconds, as the specification states it, with the allowance for slow machines. */
export const bound = (seconds: number) => seconds * 1.5;

/** Prints what a scenario measured, as one line that no reporter reformats. */
export function summary(scenario: string, ...facts: readonly unknown[]): void {
	writeSync(2, `${scenario}: ${facts.map(String).join(", ")}\n`);
}

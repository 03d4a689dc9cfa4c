import type { Reporter, TestCase, TestModule } from "vitest/node";

/**
 * Ends a test run with the reasons of the skipped tests and one line that a machine can read:
 * `N passed, N failed, N skipped`. A file that could not even be collected counts as a failure.
 */
export default class ClosingLine implements Reporter {
	onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
		const count = { passed: 0, failed: errors.length, skipped: 0 };
		const reasons = new Map<string, number>();
		for (const module of modules) {
			if (module.errors().length > 0) count.failed += 1;
			for (const test of module.children.allTests()) {
				const { state } = test.result();
				if (state === "pending") continue;
				count[state] += 1;
				if (state === "skipped") reasons.set(reason(test), (reasons.get(reason(test)) ?? 0) + 1);
			}
		}
		const lines = [...reasons].map(([why, times]) => `skipped ${times}: ${why}`);
		lines.push(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
		// After the default reporter's summary, which prints in the same tick.
		setImmediate(() => process.stdout.write(`${lines.join("\n")}\n`));
	}
}

function reason(test: TestCase): string {
	const result = test.result();
	return (result.state === "skipped" && result.note) || `${test.fullName} gives no reason`;
}

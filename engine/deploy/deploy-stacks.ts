import { print } from "../../terminal/output.ts";
import type { WorkingDirectory } from "../working-directory.ts";
import { type DeployOptions, deployStack } from "./deploy-stack.ts";
import { RunReport } from "./run-report.ts";

/**
 * Deploys stacks in order. Each is planned after those before it were applied, since it may depend on them; the first
 * failure stops.
 *
 * @param report takes what became of each stack, also when the run stops
 */
export async function deployStacks(
	stacks: readonly WorkingDirectory[],
	options: Omit<DeployOptions, "onApply">,
	report = new RunReport(),
): Promise<void> {
	for (const [index, stack] of stacks.entries())
		try {
			await report.noted(stack.document.stack, (onApply) => deployStack(stack, { ...options, onApply }));
		} catch (error) {
			const rest = stacks.slice(index + 1).map(({ document }) => document.stack);
			report.notAttempted(rest);
			if (rest.length > 0) print(`not attempted: ${rest.join(", ")}`);
			throw error;
		}
}

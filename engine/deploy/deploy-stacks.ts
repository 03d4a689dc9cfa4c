import { print } from "../../terminal/output.ts";
import type { WorkingDirectory } from "../working-directory.ts";
import { type DeployOptions, deployStack } from "./deploy-stack.ts";

/**
 * Deploys stacks in order. Each is planned after those before it were applied, since it may depend on them; the first
 * failure stops.
 */
export async function deployStacks(
	stacks: readonly WorkingDirectory[],
	options: DeployOptions,
): Promise<void> {
	for (const [index, stack] of stacks.entries())
		try {
			await deployStack(stack, options);
		} catch (error) {
			const rest = stacks.slice(index + 1).map(({ document }) => document.stack);
			if (rest.length > 0) print(`not attempted: ${rest.join(", ")}`);
			throw error;
		}
}

import { print } from "../../terminal/output.ts";
import type { WorkingDirectory } from "../working-directory.ts";
import { type DeployOptions, deployStack } from "./deploy-stack.ts";

/**
 * Deploys stacks one after the other. Each is planned when those before it have been applied, for it may need what
 * they made; the first failure ends it.
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

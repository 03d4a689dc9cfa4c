import { UsageError } from "../../terminal/usage-error.ts";
import { plural } from "../../world/plural.ts";
import { heldObjects } from "../state-file.ts";
import type { WorkingDirectory } from "../working-directory.ts";
import { type DeployOptions, deployStack } from "./deploy-stack.ts";

/**
 * Destroys everything in one stack. Stacks are destroyed in the reverse of the order in which they are applied: it is
 * refused while a later stack still holds objects.
 *
 * @param stacks all stacks, in the order in which they are applied
 */
export async function destroyStack(
	stacks: readonly WorkingDirectory[],
	name: string,
	options: Omit<DeployOptions, "destroy">,
): Promise<void> {
	const index = stacks.findIndex(({ document }) => document.stack === name);
	for (const later of stacks.slice(index + 1)) {
		const held = await later.held(async () => {
			await later.init({ backend: true });
			return heldObjects(await later.state());
		});
		if (held > 0)
			throw new UsageError(
				`stack ${later.document.stack} comes after ${name} and still holds ${plural(held, "object")}`,
				`destroy that first: infra destroy ${later.document.stack}`,
			);
	}
	const stack = stacks[index];
	if (stack !== undefined) await deployStack(stack, { ...options, destroy: true });
}

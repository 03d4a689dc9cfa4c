import type { Served } from "../../review/served/served.ts";
import { TerraformError } from "../../terminal/terraform-error.ts";
import { creationsCutOff } from "../begun-creations.ts";
import { alreadyThere } from "../live/import-blocks.ts";
import type { WorkingDirectory } from "../working-directory.ts";
import { judgePlan } from "./judge-plan.ts";
import type { StackPlan } from "./plan-stack.ts";

/**
 * The plan that takes into the state what an apply that was cut off has made, instead of making it once more, which
 * would be refused. The same plan where nothing is to be taken up.
 *
 * @throws TerraformError when it cannot be taken; the next plan does not try again
 */
export async function withBegun(
	stack: WorkingDirectory,
	plan: StackPlan,
	served: () => Promise<Served>,
): Promise<StackPlan> {
	const { live } = plan;
	const cutOff = creationsCutOff(plan, stack.begun.addresses);
	if (live === undefined || cutOff.length === 0) return plan;
	const found = await alreadyThere(cutOff, live, stack);
	const imports = found.flatMap(({ address, id }) => (id === undefined ? [] : [{ address, id }]));
	const begun = {
		takenUp: imports.map(({ address }) => address),
		halfMade: found.filter(({ halfMade }) => halfMade).map(({ address }) => address),
	};
	try {
		const planned = imports.length === 0 ? plan : await stack.plan({ destroy: false, imports });
		return await judgePlan(stack, planned, { look: true, served, begun });
	} catch (error) {
		if (error instanceof TerraformError) stack.begun.remove(begun.takenUp);
		throw error;
	}
}

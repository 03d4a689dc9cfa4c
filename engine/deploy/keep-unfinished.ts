import { styleText } from "node:util";
import { dataHolders } from "../../review/plan/data-losses.ts";
import { print } from "../../terminal/output.ts";
import { withoutKey } from "../../world/address.ts";
import { unfinishedObjects } from "../state-file.ts";
import type { WorkingDirectory } from "../working-directory.ts";

/**
 * Untaints objects that an interrupted apply began to create and that may hold data. Terraform would replace them,
 * which would lose the data, or fail every later deploy where destruction is prevented; untainted, they are compared
 * with the code.
 */
export async function keepUnfinished(stack: WorkingDirectory): Promise<void> {
	const holdsData = dataHolders(stack.document);
	for (const object of unfinishedObjects(await stack.state()).filter(holdsData)) {
		const { address } = object;
		await stack.recorded({ what: `untaint ${address}` }, async () => {
			await stack.must("untaint", address);
		});
		const what = stack.pathOf(withoutKey(address)) ?? address;
		print(
			styleText("dim", `  kept    ${what}: its creation did not end, so it is compared instead of replaced`),
		);
	}
}

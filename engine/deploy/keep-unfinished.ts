import { styleText } from "node:util";
import { withoutKey } from "../../terminal/diagnostic.ts";
import { print } from "../../terminal/output.ts";
import { dataHolders } from "../plan/data-losses.ts";
import type { WorkingDirectory } from "../working-directory.ts";

/**
 * Keeps what an apply had begun to create when it was interrupted, or when the answer was lost. Terraform replaces such
 * objects, for it does not know how far their creation came. Of one that may hold data that would be a loss, or be
 * forbidden and so the end of every later deploy: it is compared with the code instead.
 */
export async function keepUnfinished(stack: WorkingDirectory): Promise<void> {
	const holdsData = dataHolders(stack.document);
	for (const object of (await stack.unfinished()).filter(holdsData)) {
		await stack.untaint(object);
		const what = stack.pathOf(withoutKey(object.address)) ?? object.address;
		print(
			styleText("dim", `  kept    ${what}: its creation did not end, so it is compared instead of replaced`),
		);
	}
}

import type { WorkingDirectory } from "../../engine/working-directory.ts";

/**
 * The state of a stack, which must be held and initialised; empty when there is none yet. Terraform makes one without a
 * lineage up where its backend has none.
 */
export async function ownState(stack: WorkingDirectory): Promise<string> {
	const text = await stack.state();
	return text === "" || JSON.parse(text).lineage === "" ? "" : text;
}

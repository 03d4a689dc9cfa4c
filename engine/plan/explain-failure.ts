import { cannotApply } from "../../review/catalogue/cannot-apply.ts";
import { reviewStack } from "../../review/review-stack.ts";
import type { Served } from "../../review/served/served.ts";
import { TerraformError } from "../../terminal/terraform-error.ts";
import { block } from "../../world/blocks.ts";
import type { WorkingDirectory } from "../working-directory.ts";

/**
 * The error of a failed plan, with what the API server says of the kinds that the stack has: the provider asks for each
 * while it plans, and says of one that is not served neither what is served instead nor where it stands.
 *
 * @returns every other error as it is
 */
export async function explainFailure(
	error: unknown,
	stack: WorkingDirectory,
	ask: () => Promise<Served>,
): Promise<unknown> {
	const { document, before, world: after } = stack;
	if (!(error instanceof TerraformError) || error.failure.diagnostics.length === 0) return error;
	// What only the state still has needs its provider as well.
	if (block(document.json.provider).kubernetes === undefined) return error;
	const { kindsInState } = await import("../live/ask-served.ts");
	const [served, inState] = await Promise.all([ask(), kindsInState(stack)]);
	const summary = { stack: document.stack, changes: [], outputs: 0 };
	const failed = { summary, warnings: [], errors: error.failure.diagnostics, before, after };
	const findings = reviewStack({ ...failed, served: { ...served, inState } }, [cannotApply]);
	return findings.length === 0 ? error : new TerraformError({ ...error.failure, findings });
}

import { byRisk } from "../../review/finding.ts";
import type { PlanMessage } from "../../review/finding-class.ts";
import type { ExactChange } from "../../review/record.ts";
import { reviewStack } from "../../review/review-stack.ts";
import type { StackReview } from "../../review/stack-review.ts";
import { printFailure } from "../../terminal/failure.ts";
import { TerraformError } from "../../terminal/terraform-error.ts";
import type { WorkingDirectory } from "../working-directory.ts";
import { planSideBySide } from "./plan-side-by-side.ts";

/** Reviews of stacks in their order. */
export interface StackReviews {
	readonly stacks: readonly StackReview[];
	/** What the plans do, as it is signed, by stack; a stack that could not be planned has none. */
	readonly exact: ReadonlyMap<string, readonly ExactChange[]>;
	/** Whether some stack could not be planned: its review says why. */
	readonly failed: boolean;
}

/**
 * Plans stacks side by side and says what the plans do. A stack that cannot be planned is printed, and is a finding.
 *
 * @throws Interrupted
 */
export async function reviewStacks(directories: readonly WorkingDirectory[]): Promise<StackReviews> {
	const stacks: StackReview[] = [];
	const exact = new Map<string, readonly ExactChange[]>();
	let failed = false;
	await planSideBySide(directories, (outcome, directory) => {
		if (outcome.status === "fulfilled") {
			stacks.push(outcome.value);
			exact.set(directory.document.stack, outcome.value.exact);
			return;
		}
		failed = true;
		printFailure(outcome.reason);
		stacks.push(failedReview(directory, outcome.reason));
	});
	return { stacks, exact, failed };
}

function failedReview({ document, before, world: after }: WorkingDirectory, reason: unknown): StackReview {
	const summary = { stack: document.stack, changes: [], outputs: 0 };
	const found = reviewStack({ summary, warnings: [], errors: errorsOf(reason), before, after });
	const causes = reason instanceof TerraformError ? (reason.failure.findings ?? []) : [];
	return { summary, findings: byRisk([...found, ...causes]), failed: true };
}

/** At least one message. What a failed program wrote on its standard error may hold anything, and is left out. */
function errorsOf(reason: unknown): readonly PlanMessage[] {
	if (reason instanceof TerraformError && reason.failure.diagnostics.length > 0)
		return reason.failure.diagnostics;
	return [{ summary: reason instanceof Error ? reason.message : String(reason) }];
}

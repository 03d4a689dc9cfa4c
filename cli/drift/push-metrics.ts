import { Pushgateway } from "../../clients/pushgateway/pushgateway.ts";
import { driftJob, firstSeen, renderMetrics } from "./drift-metrics.ts";
import type { StackDrift } from "./stack-drift.ts";

/**
 * Replaces the metrics of the last run by those of this one. What the last run said about the beginning of each drift
 * is read first, and nothing is pushed when it cannot be read: it would begin anew.
 *
 * @throws VisibleError when the Pushgateway does not answer, or does not take them
 */
export async function pushMetrics(address: string, stacks: readonly StackDrift[]): Promise<void> {
	const gateway = new Pushgateway(address, driftJob);
	const now = Math.floor(Date.now() / 1000);
	const before = await gateway.read("drift_stack_first_seen", "stack");
	await gateway.replace(renderMetrics(stacks, firstSeen(stacks, before, now), now));
}

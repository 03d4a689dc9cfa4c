import { Pushgateway } from "../../clients/pushgateway/pushgateway.ts";
import { httpUrl } from "../../config/schema/endpoints.ts";
import type { Site } from "../../config/schema/site.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { driftJob, firstSeen, renderMetrics } from "./drift-metrics.ts";
import type { StackDrift } from "./stack-drift.ts";

/** Address of the site's Pushgateway. @throws VisibleError when the site has none */
export function pushgatewayOf({ monitoring, endpoints }: Site): string {
	const endpoint = endpoints[monitoring.pushgateway];
	if (endpoint === undefined)
		throw new VisibleError(`monitoring.pushgateway: there is no endpoint ${monitoring.pushgateway}`);
	return httpUrl(endpoint);
}

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

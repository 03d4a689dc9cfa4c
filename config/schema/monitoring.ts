import { z } from "./zod.ts";

/** How workloads hand their metrics and alert rules to Prometheus. */
export const monitoring = z.strictObject({
	namespace: z.string(),
	prometheus: z.string().describe("Key of the endpoint that answers queries"),
	pushgateway: z.string().describe("Key of the endpoint that jobs push to"),
	rulesLabel: z
		.strictObject({ key: z.string(), value: z.string() })
		.describe("Label of the ConfigMaps that Prometheus loads rules from"),
});

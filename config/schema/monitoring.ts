import { word } from "./texts.ts";
import { z } from "./zod.ts";

/** How workloads hand their metrics and alert rules to Prometheus. */
export const monitoring = z.strictObject({
	namespace: word,
	prometheus: word.describe("Key of the endpoint that answers queries"),
	pushgateway: word.describe("Key of the endpoint that jobs push to"),
	rulesLabel: z
		.strictObject({ key: word, value: word })
		.describe("Label of the ConfigMaps that Prometheus loads rules from"),
});

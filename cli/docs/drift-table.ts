import { driftMetrics } from "../drift/drift-metrics.ts";
import { code, markdownTable } from "./markdown-table.ts";

/** What `infra drift --push` tells Prometheus. */
export function driftMetricTable(): string {
	return markdownTable(
		["Metric", "Meaning"],
		Object.entries(driftMetrics).map(([name, meaning]) => [code(name), meaning]),
	);
}

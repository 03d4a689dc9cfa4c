import { formatDuration } from "../../config/schema/primitives.ts";
import type { Site } from "../../config/schema/site.ts";
import { fromLiteral } from "../../constructs/literal.ts";
import type { Json, StackDocument } from "../../constructs/policy/world.ts";
import { redisTimeBounds } from "../../constructs/redis/time-bounds.ts";
import { code, markdownTable } from "./markdown-table.ts";

/** Who uses Redis, by which entry point, and where. */
export function consumerTable({ redis }: Site): string {
	return markdownTable(
		["Application", "Namespace", "Entry point", "Databases", "Key prefix"],
		Object.entries(redis.consumers).map(([name, { namespace, entryPoint, longLived, databases, prefix }]) => [
			name,
			namespace,
			longLived ? `${entryPoint} (long-lived)` : entryPoint,
			databases.join(", "),
			code(prefix),
		]),
	);
}

/** How long things take at most. */
export function timeBoundTable(site: Site): string {
	return markdownTable(
		["Event", "At most", "Because of"],
		redisTimeBounds(site).map(({ event, bound, because }) => [event, formatDuration(bound), because]),
	);
}

/** The alerts of a stack, read from what it synthesises. */
export function alertTable({ resources }: StackDocument): string {
	const files = resources
		.filter(({ type }) => type === "kubernetes_config_map_v1")
		.flatMap(({ arguments: { data } }) => Object.entries((data ?? {}) as Record<string, Json>))
		.filter(([file]) => file.endsWith(".rules.yml"));
	const rules: readonly Alert[] = files.flatMap(([, text]) =>
		JSON.parse(fromLiteral(String(text))).groups.flatMap(({ rules }: { rules: Alert[] }) => rules),
	);
	return markdownTable(
		["Alert", "Severity", "Expression", "For"],
		rules.map(({ alert, expr, for: duration, labels }) => [alert, labels.severity, code(expr), duration]),
	);
}

interface Alert {
	readonly alert: string;
	readonly expr: string;
	readonly for: string;
	readonly labels: { readonly severity: string };
}

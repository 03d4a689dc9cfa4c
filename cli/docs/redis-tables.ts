import { formatDuration } from "../../config/schema/duration.ts";
import type { Site } from "../../config/schema/site.ts";
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

/** Upper bounds of failover and recovery times. */
export function timeBoundTable(site: Site): string {
	return markdownTable(
		["Event", "At most", "Because of"],
		redisTimeBounds(site).map(({ event, bound, because }) => [event, formatDuration(bound), because]),
	);
}

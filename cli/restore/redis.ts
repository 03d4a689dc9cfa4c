import type { Target } from "../../clients/host/target.ts";
import { defined } from "../../config/schema/defined.ts";
import { namesIn } from "./backup-files.ts";
import { type Kubectl, runTask } from "./job.ts";
import type { Restoration } from "./restoration.ts";

/** The keys of Redis. @param replace whether those that exist get their value of then */
export function redisRestoration(
	directory: string,
	namespace: string,
	target: Target,
	kubectl: Kubectl,
	replace: boolean,
	every?: number,
): Restoration {
	return {
		name: "redis",
		place: `${target.name}:${directory}`,
		points: () => namesIn(target, directory, /^redis-\d{8}-\d{6}\.rdb$/),
		loss: [
			"Redis goes on running. Keys that were removed since come back.",
			replace
				? "Keys that exist get their value of then: what was written to them since is lost."
				: "Keys that exist stay as they are.",
		],
		restore: (point) =>
			runTask(kubectl, {
				namespace,
				task: "redis-restore",
				env: { FILE: point, EXISTING: replace ? "replace" : "keep" },
				...defined({ every }),
			}),
	};
}

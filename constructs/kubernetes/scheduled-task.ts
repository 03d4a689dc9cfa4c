import { CronJobV1 } from "@cdktf/provider-kubernetes/lib/cron-job-v1/index.js";
import { Construct } from "constructs";
import { longestGap } from "../../config/schema/cron.ts";
import type { TieredNamespace } from "./namespace.ts";
import { type PodProps, renderPodTemplate } from "./pod.ts";

export interface ScheduledTaskProps extends Omit<PodProps, "restartPolicy"> {
	readonly namespace: TieredNamespace;
	readonly name: string;
	/** Five cron fields in the time zone of the control plane. */
	readonly schedule: string;
	/** Attempts after the first failed one. @default 2 */
	readonly retries?: number;
	/** Seconds after which a running task counts as failed. @default 3600 */
	readonly timeoutSeconds?: number;
	/** Runs in a row that may fail before its last success is stale. @default 0 */
	readonly toleratedFailures?: number;
	/** Annotations of the CronJob itself. */
	readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * A CronJob. A run that was missed is caught up within an hour, two never overlap, and finished jobs stay until their
 * successors push them out: a job that is deleted at once takes its failure with it, before any alert has seen it.
 */
export class ScheduledTask extends Construct {
	readonly name: string;
	/**
	 * Seconds after which the last success is too old: the longest time between two runs of the schedule, for each run
	 * that may fail one more, and a margin of half of it, at most a day and at least what a run may take.
	 */
	readonly staleAfter: number;

	constructor(scope: Construct, id: string, props: ScheduledTaskProps) {
		super(scope, id);
		const { namespace, name, schedule, retries = 2, timeoutSeconds = 3600, annotations } = props;
		this.name = name;
		const gap = longestGap(schedule) / 1000;
		const margin = Math.max(Math.min(gap / 2, 24 * 3600), timeoutSeconds);
		this.staleAfter = gap * (1 + (props.toleratedFailures ?? 0)) + margin;
		new CronJobV1(this, "Resource", {
			metadata: {
				name,
				namespace: namespace.name,
				labels: { app: name, tier: namespace.tier },
				...(annotations ? { annotations: { ...annotations } } : {}),
			},
			spec: {
				schedule,
				concurrencyPolicy: "Forbid",
				startingDeadlineSeconds: 3600,
				successfulJobsHistoryLimit: 3,
				failedJobsHistoryLimit: 3,
				jobTemplate: {
					metadata: { labels: { app: name } },
					spec: {
						backoffLimit: retries,
						activeDeadlineSeconds: timeoutSeconds,
						template: renderPodTemplate({ app: name }, { ...props, restartPolicy: "Never" }),
					},
				},
			},
		});
	}
}

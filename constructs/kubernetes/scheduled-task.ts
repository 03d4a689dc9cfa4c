import { CronJobV1 } from "@cdktf/provider-kubernetes/lib/cron-job-v1/index.js";
import { Construct } from "constructs";
import { longestGap } from "../../config/schema/cron.ts";
import { type Duration, days, milliseconds, seconds } from "../../config/schema/duration.ts";
import type { TieredNamespace } from "./namespace.ts";
import { type PodProps, renderPodTemplate } from "./pod.ts";

export interface ScheduledTaskProps extends Omit<PodProps, "restartPolicy"> {
	readonly namespace: TieredNamespace;
	readonly name: string;
	/** Schedule of five cron fields, in the time zone of the control plane. */
	readonly schedule: string;
	/** Retries after a failed attempt. @default 2 */
	readonly retries?: number;
	/** Timeout of a run in seconds. @default 3600 */
	readonly timeoutSeconds?: number;
	/** Consecutive failed runs that are tolerated before the last success is stale. @default 0 */
	readonly toleratedFailures?: number;
	/** Never runs by itself: operators start a job from it. @default false */
	readonly onlyByHand?: boolean;
	/** Annotations of the CronJob itself. */
	readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * A CronJob. A missed run is started within an hour, runs never overlap, and finished jobs are kept until later ones
 * replace them: a failure that is deleted at once is seen by no alert.
 */
export class ScheduledTask extends Construct {
	readonly name: string;
	/**
	 * Time after which the last success is stale: the longest time between two runs of the schedule, times one more
	 * than the tolerated failures, and a margin of half of it, between the timeout of a run and a day.
	 */
	readonly staleAfter: Duration;

	constructor(scope: Construct, id: string, props: ScheduledTaskProps) {
		super(scope, id);
		const { namespace, name, schedule, retries = 2, timeoutSeconds = 3600, annotations } = props;
		this.name = name;
		const gap = longestGap(schedule);
		const margin = Math.max(Math.min(gap / 2, days(1)), seconds(timeoutSeconds));
		this.staleAfter = milliseconds(gap * (1 + (props.toleratedFailures ?? 0)) + margin);
		new CronJobV1(this, "Resource", {
			metadata: {
				name,
				namespace: namespace.name,
				labels: { app: name, tier: namespace.tier },
				...(annotations ? { annotations: { ...annotations } } : {}),
			},
			spec: {
				schedule,
				...(props.onlyByHand ? { suspend: true } : {}),
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

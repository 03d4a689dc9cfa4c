import { CronJobV1 } from "@cdktf/provider-kubernetes/lib/cron-job-v1/index.js";
import { Construct } from "constructs";
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
	/** Annotations of the CronJob itself. */
	readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * A CronJob. A run that was missed is caught up within an hour, two never overlap, and finished jobs stay until their
 * successors push them out: a job that is deleted at once takes its failure with it, before any alert has seen it.
 */
export class ScheduledTask extends Construct {
	readonly name: string;

	constructor(scope: Construct, id: string, props: ScheduledTaskProps) {
		super(scope, id);
		const { namespace, name, schedule, retries = 2, timeoutSeconds = 3600, annotations } = props;
		this.name = name;
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

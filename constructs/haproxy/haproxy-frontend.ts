import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { defined } from "../../config/schema/defined.ts";
import { inSeconds } from "../../config/schema/duration.ts";
import { ConfigFiles } from "../kubernetes/config-files.ts";
import { DisruptionBudget } from "../kubernetes/disruption-budget.ts";
import type { TieredNamespace } from "../kubernetes/namespace.ts";
import { Workload } from "../kubernetes/workload.ts";
import type { ClusterHaproxyConfig } from "./model.ts";
import { renderHaproxyCfg } from "./render-haproxy-cfg.ts";

export interface HaproxyFrontendProps {
	readonly namespace: TieredNamespace;
	/** Name of Deployment, ConfigMap and disruption budget. */
	readonly name: string;
	readonly image: string;
	/** What to listen on and where to send it; the status frontend answers Kubernetes and Prometheus. */
	readonly config: ClusterHaproxyConfig;
	/** At least two. */
	readonly replicas: number;
	/** Bytes. */
	readonly memory: number;
	readonly dependsOn?: readonly ITerraformDependable[];
}

/** Seconds between the removal from the Services and the soft stop, until every kube-proxy has applied it. */
const drainSeconds = 5;

/** Seconds until every server was checked; until then HAProxy takes it for up. */
const settlingSeconds = 5;

/** User of the official Alpine image. */
const haproxyUser = { uid: 99, gid: 99 };

/**
 * HAProxy as a Deployment. Every change of its configuration rolls the pods, a pod without a usable route is not ready,
 * and a pod that stops leaves the Services before it closes connections.
 */
export class HaproxyFrontend extends Construct {
	readonly pods: Workload;

	constructor(scope: Construct, id: string, props: HaproxyFrontendProps) {
		super(scope, id);
		const { namespace, name, image, config, replicas, memory, dependsOn } = props;
		const { status, frontends } = config;
		const files = new ConfigFiles(this, "config", {
			namespace,
			name,
			files: { "haproxy.cfg": renderHaproxyCfg(config) },
		});
		this.pods = new Workload(this, "deployment", {
			namespace,
			name,
			replicas,
			user: haproxyUser,
			spread: "required",
			terminationGracePeriodSeconds: drainSeconds + Math.ceil(inSeconds(config.hardStopAfter)) + 5,
			podAnnotations: {
				"prometheus.io/scrape": "true",
				"prometheus.io/port": String(status.port),
				"prometheus.io/path": status.metricsPath,
			},
			containers: [
				{
					name: "haproxy",
					image,
					cpu: "10m",
					memory,
					ports: Object.fromEntries([...frontends, status].map(({ name, port }) => [name, port])),
					mounts: [{ path: "/usr/local/etc/haproxy", volume: files, readOnly: true }],
					liveness: { httpGet: status.livePath, port: status.name, initialDelaySeconds: settlingSeconds },
					readiness: {
						httpGet: status.ready.path,
						port: status.name,
						initialDelaySeconds: settlingSeconds,
						periodSeconds: 2,
						failureThreshold: 2,
					},
					preStop: ["sleep", String(drainSeconds)],
				},
			],
			...defined({ dependsOn }),
		});
		new DisruptionBudget(this, "budget", { pods: this.pods, minAvailable: 1 });
	}
}

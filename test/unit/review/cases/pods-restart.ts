import { workload as declared, object, stackOf, worldOf } from "../../../policy/world.ts";
import { create, destroy, manifest, planned, replace, typed, update, workload } from "../planned.ts";
import type { ClassCases } from "./class-cases.ts";
import { deployment, pair, set } from "./web.ts";

const probe = { initial_delay_seconds: 10, period_seconds: 5, failure_threshold: 12 };

export const podsRestart: ClassCases = {
	finds: {
		"a workload recreates its pods": {
			planned: planned({
				resource_changes: [
					update(deployment, ...pair({ strategy: [{ type: "Recreate" }] }, { probe, grace: 120 })),
				],
			}),
			findings: [
				"caution: all of its pods stop before new ones start (Recreate): up to 120 s to stop, up to 70 s to start",
			],
		},
		"a workload rolls over": {
			planned: planned({
				resource_changes: [
					update(deployment, ...pair({ replicas: "3" })),
					update(deployment, ...pair({})),
					update(
						deployment,
						...pair({ strategy: [{ rolling_update: [{ max_unavailable: "1", max_surge: "0" }] }] }),
					),
				],
			}),
			findings: [
				"caution: all of its pods may be down at once (maxUnavailable): up to 30 s to stop, no probe says how long to start",
				"notice: its 3 pods are exchanged, at most 0 down at once: connections to each end with it; up to 30 s to stop, no probe says how long to start",
				"notice: its only pod is exchanged: the old one stops once the new one is ready, and connections to it end; up to 30 s to stop, no probe says how long to start",
			],
		},
		"a stateful set restarts": {
			planned: planned({
				resource_changes: [
					update(set, ...pair({ replicas: "3" })),
					update(set, ...pair({ replicas: "3", update_strategy: [{ rolling_update: [{ partition: 2 }] }] })),
					update(set, ...pair({})),
					update(set, ...pair({ update_strategy: [{ type: "OnDelete" }] })),
				],
			}),
			findings: [
				"caution: its only pod stops before the new one starts: up to 30 s to stop, no probe says how long to start",
				"notice: 3 of its 3 pods restart, one after another: connections to each end with it; up to 30 s to stop, no probe says how long to start",
				"notice: 1 of its 3 pods restart, one after another: connections to each end with it; up to 30 s to stop, no probe says how long to start",
				"notice: its pods stay as they are until somebody deletes them (OnDelete)",
			],
		},
		"pods of a manifest restart on every node": {
			planned: planned({
				resource_changes: ["a", "b"].slice(1).map((image) =>
					update(
						"kubernetes_manifest.agent",
						manifest({
							kind: "DaemonSet",
							spec: { template: { spec: { containers: [{ name: "a", image: "a" }] } } },
						}),
						manifest({
							kind: "DaemonSet",
							spec: { template: { spec: { containers: [{ name: "a", image }] } } },
						}),
					),
				),
			}),
			findings: [
				"caution: on each node in turn its pod stops before the new one starts: up to 30 s to stop, no probe says how long to start",
			],
		},
		"more pods may be down than a drain could take": {
			planned: planned({
				after: worldOf(
					stackOf({
						kubernetes_deployment_v1: declared({ spec: { replicas: "4" } }),
						kubernetes_pod_disruption_budget_v1: object("web", {
							max_unavailable: "1",
							selector: { match_labels: { app: "web" } },
						}),
					}),
				),
				resource_changes: [
					update(deployment, ...pair({ replicas: "4", strategy: [{ type: "Recreate" }] })),
					update(deployment, ...pair({ replicas: "4" })),
				],
			}),
			findings: [
				"caution: all of its pods stop before new ones start (Recreate): up to 30 s to stop, no probe says how long to start; its budget web lets a drain take 1 of them, and holds back no rollout",
				"notice: its 4 pods are exchanged, at most 1 down at once: connections to each end with it; up to 30 s to stop, no probe says how long to start",
			],
		},
		"a rollout takes its time": {
			planned: planned({
				resource_changes: [
					update(set, ...pair({ replicas: "3", min_ready_seconds: 10 }, { probe })),
					update(
						deployment,
						...pair(
							{ replicas: "4", strategy: [{ rolling_update: [{ max_unavailable: "0", max_surge: "1" }] }] },
							{ probe },
						),
					),
				],
			}),
			findings: [
				"notice: 3 of its 3 pods restart, one after another: connections to each end with it; up to 30 s to stop, up to 70 s to start, then 10 s of being ready, up to 330 s in all",
				"notice: its 4 pods are exchanged, at most 0 down at once: connections to each end with it; up to 30 s to stop, up to 70 s to start, up to 400 s in all",
			],
		},
		"pods on each node are exchanged the other way round, or on many nodes at once": {
			planned: planned({
				resource_changes: [{ maxSurge: 1, maxUnavailable: 0 }, { maxUnavailable: "50%" }].map(
					(rollingUpdate) => {
						const agent = (image: string) =>
							manifest({
								kind: "DaemonSet",
								spec: {
									updateStrategy: { rollingUpdate },
									template: { spec: { containers: [{ name: "a", image }] } },
								},
							});
						return update("kubernetes_manifest.agent", agent("a"), agent("b"));
					},
				),
			}),
			findings: [
				"caution: on up to 50% nodes at once its pod stops before the new one starts: up to 30 s to stop, no probe says how long to start",
				"notice: on each node in turn a new pod starts before the old one stops: up to 30 s to stop, no probe says how long to start",
			],
		},
		"a workload is scaled down, replaced, and deleted": {
			planned: planned({
				resource_changes: [
					update(deployment, workload("web", {}, { replicas: "3" }), workload("web", {}, { replicas: "1" })),
					update(deployment, workload("web", {}), workload("web", {}, { replicas: "0" })),
					replace(deployment, ...pair({})),
					destroy(deployment, workload("web", {})),
				],
			}),
			findings: [
				"caution: its last pods stop: it is scaled to none",
				"caution: all of its pods stop, then new ones start: up to 30 s to stop, no probe says how long to start",
				"caution: its pods stop, and nothing starts them again",
				"notice: 2 of its 3 pods stop",
			],
		},
	},
	passes: {
		"labels of the workload change, and those of its pods do not": planned({
			resource_changes: [
				update(deployment, workload("web", {}), {
					...workload("web", {}),
					metadata: [{ name: "web", namespace: "shop", labels: { a: "b" } }],
				}),
			],
		}),
		"a workload without pods changes": planned({
			resource_changes: [update(deployment, ...pair({ replicas: "0" }))],
		}),
		"a workload is new, or grows": planned({
			resource_changes: [
				create(deployment, workload("web", {})),
				update(deployment, workload("web", {}), workload("web", {}, { replicas: "3" })),
			],
		}),
		"a job of the night changes": planned({
			resource_changes: [
				update(
					"kubernetes_cron_job_v1.a",
					typed("a", { job_template: [{ spec: [workload("a", {}).spec] }] }),
					typed("a", { job_template: [{ spec: [workload("a", { image: "b" }).spec] }] }),
				),
			],
		}),
	},
};

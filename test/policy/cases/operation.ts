import type { Block } from "../world.ts";
import { object, stackOf, workload, worldOf } from "../world.ts";
import { denied, type RuleCases } from "./rule-cases.ts";

type Fields = Record<string, Block>;
const reloader = (key: string) => ({ [`reloader.stakater.com/${key}`]: "true" });

const reader = (parts: {
	annotations?: Fields;
	hash?: Fields;
	container?: Fields;
	match?: Fields;
	pod?: Fields;
}) =>
	worldOf(
		stackOf({
			kubernetes_config_map_v1: object("settings", {}, { annotations: parts.match ?? {} }),
			kubernetes_deployment_v1: workload({
				metadata: { annotations: parts.annotations ?? {} },
				template: { annotations: parts.hash ?? {} },
				pod: parts.pod ?? { volume: [{ name: "settings", config_map: { name: "settings" } }] },
				container: parts.container ?? {},
			}),
		}),
	);

export const configRollsReaders: RuleCases = {
	allow: {
		"a workload that Reloader watches": reader({ annotations: reloader("auto") }),
		"pods that Reloader watches, of a workload that it has no word of": reader({ hash: reloader("auto") }),
		"a hash of a ConfigMap of the stack": reader({ hash: { "checksum/config": "1a2b" } }),
		"a search that finds a marked ConfigMap": reader({
			annotations: reloader("search"),
			match: reloader("match"),
		}),
		"a cron job, whose next run reads it": worldOf(
			stackOf({
				kubernetes_cron_job_v1: object("backup", {
					job_template: {
						spec: { template: { spec: { volume: [{ name: "s", secret: { secret_name: "web" } }] } } },
					},
				}),
			}),
		),
		"a workload without configuration": reader({ pod: {} }),
	},
	deny: {
		"a mounted ConfigMap": denied(reader({}), [
			"metadata.annotations",
			"deployment web does not roll when config_map settings changes",
		]),
		"a Secret behind the hash of a ConfigMap": denied(
			reader({
				hash: { "checksum/config": "1a2b" },
				container: { env: [{ name: "KEY", value_from: { secret_key_ref: { name: "web", key: "key" } } }] },
			}),
			["metadata.annotations", "when secret web changes"],
		),
		"a hash of a ConfigMap that is not in the stack": denied(
			reader({
				hash: { "checksum/config": "1a2b" },
				pod: {},
				container: { env_from: [{ config_map_ref: { name: "foreign" } }] },
			}),
			["metadata.annotations", "when config_map foreign changes"],
		),
		"a search for a ConfigMap without the mark": denied(reader({ annotations: reloader("search") }), [
			"metadata.annotations",
			"when config_map settings changes",
		]),
		"pods with a word for Reloader that their workload overrides": denied(
			reader({ annotations: { "reloader.stakater.com/auto": "false" }, hash: reloader("auto") }),
			["metadata.annotations", "when config_map settings changes"],
		),
		"a Secret in a projected volume": denied(
			reader({ pod: { volume: { name: "all", projected: [{ sources: [{ secret: [{ name: "tls" }] }] }] } } }),
			["metadata.annotations", "when secret tls changes"],
		),
	},
};

const drift = "spec[0].template[0].spec[0].dns_config";
const ignoring = (ignore_changes: Block) =>
	worldOf(stackOf({ kubernetes_deployment_v1: { ...workload({}), lifecycle: { ignore_changes } } }));

export const admissionDriftIgnored: RuleCases = {
	allow: {
		"the path among others": ignoring(["metadata[0].labels", drift]),
		"everything ignored": ignoring("all"),
	},
	deny: {
		"no lifecycle": denied(worldOf(stackOf({ kubernetes_deployment_v1: workload({}) })), [
			"lifecycle.ignore_changes",
			`changes of ${drift} are not ignored`,
		]),
		"a list that somebody overwrote": denied(ignoring(["metadata[0].labels"]), [
			"lifecycle.ignore_changes",
			drift,
		]),
	},
};

const service = (selector: Fields, spec: Fields = {}, others: Record<string, Fields> = {}) =>
	worldOf(
		stackOf({
			kubernetes_service_v1: object("web", { selector, ...spec }),
			kubernetes_stateful_set_v1: workload({ metadata: { name: "db" } }) as Fields,
			...others,
		}),
	);

export const serviceSelectsPods: RuleCases = {
	allow: {
		"labels of a pod template": service({ app: "web" }),
		"one pod of a stateful set": service({ "statefulset.kubernetes.io/pod-name": "db-0" }),
		"one of several pod templates": service(
			{ app: "web" },
			{},
			{
				kubernetes_deployment_v1: workload({
					metadata: { name: "api" },
					template: { labels: { app: "api" } },
				}) as Fields,
			},
		),
		"a label that an expression decides beside one that no pod has": service({
			app: "${var.app}",
			part: "api",
		}),
		"no selector": service({}),
		"an external name": service({ app: "other" }, { type: "ExternalName" }),
		"pods of a chart in the namespace default": worldOf(
			stackOf({
				kubernetes_service_v1: { metadata: { name: "web" }, spec: { selector: { app: "web" } } },
				helm_release: { name: "web" },
			}),
		),
		"pods that a chart may create": service({ app: "other" }, {}, { helm_release: { namespace: "shop" } }),
	},
	deny: {
		"a label that no pod has": denied(service({ app: "web", part: "api" }), [
			"spec.selector",
			"no pod template in namespace shop has the labels that Service web selects: app=web, part=api",
		]),
		"pods of another namespace": denied(
			worldOf(
				stackOf({
					kubernetes_service_v1: object("web", { selector: { app: "web" } }, { namespace: "forum" }),
					kubernetes_deployment_v1: workload({}),
				}),
			),
			["spec.selector", "namespace forum"],
		),
		"a pod of another stateful set": denied(service({ "statefulset.kubernetes.io/pod-name": "web-0" }), [
			"spec.selector",
			"web-0",
		]),
	},
};

const budget = (spec: Fields, replicas?: Block, app = "web") =>
	worldOf(
		stackOf({
			kubernetes_pod_disruption_budget_v1: object("web", { selector: { match_labels: { app } }, ...spec }),
			kubernetes_deployment_v1: workload({ spec: replicas === undefined ? {} : { replicas } }),
		}),
	);

export const disruptionBudgetAllowsDrain: RuleCases = {
	allow: {
		"one pod fewer than the replicas": budget({ min_available: "2" }, "3"),
		"half of three, rounded up": budget({ min_available: "50%" }, 3),
		"one unavailable": budget({ max_unavailable: 1 }),
		"replicas that an expression decides": budget({ min_available: "1" }, "${var.replicas}"),
		"a selector with conditions, which nobody evaluates here": budget({
			min_available: 1,
			selector: { match_expressions: [{ key: "app", operator: "Exists" }] },
		}),
		"pods that a chart may create": worldOf(
			stackOf({
				kubernetes_pod_disruption_budget_v1: object("web", { selector: { match_labels: { app: "web" } } }),
				helm_release: { namespace: "shop" },
			}),
		),
	},
	deny: {
		"a budget in a manifest that selects nothing": denied(
			worldOf(
				stackOf({
					kubernetes_manifest: { manifest: { kind: "PodDisruptionBudget", metadata: { name: "web" } } },
				}),
			),
			["manifest.spec.selector", "budget web selects no pods"],
		),
		"as many as the replicas": denied(budget({ min_available: "3" }, "3"), [
			"spec.min_available",
			"min_available 3 of 3 pods allows no eviction",
		]),
		"the only pod, by default": denied(budget({ min_available: 1 }), ["spec.min_available", "1 of 1 pods"]),
		"a share that rounds up to all": denied(budget({ min_available: "51%" }, 2), [
			"spec.min_available",
			"51% of 2 pods",
		]),
		"none unavailable": denied(budget({ max_unavailable: "0" }, 3), [
			"spec.max_unavailable",
			"max_unavailable 0 allows no eviction",
		]),
		"no pods": denied(budget({ min_available: 1 }, 3, "other"), [
			"spec.selector",
			"budget web selects no pods of namespace shop",
		]),
	},
};

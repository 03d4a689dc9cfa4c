import { type Block, block, plain } from "../../world/blocks.ts";
import { kubernetesObjects } from "../../world/kubernetes-objects.ts";
import { podTemplates, selects } from "../../world/pods.ts";
import { worldRule } from "../rule.ts";

/** Kinds with a number of replicas. */
const counted = new Set(["deployment", "replica_set", "replication_controller", "stateful_set"]);

export const disruptionBudgetAllowsDrain = worldRule({
	id: "disruption-budget-allows-drain",
	severity: "error",
	reason:
		"A budget that allows no eviction blocks the drain of its node: upgrades hang until somebody forces them.",
	remedy:
		"Let at least one pod be evicted: min_available below the replicas, or max_unavailable of 1 or more.",
	*check(world) {
		const objects = kubernetesObjects(world);
		const templates = Map.groupBy(podTemplates(world), ({ owner }) => owner.namespace);
		for (const { kind, resource, namespace, name, given, at } of objects.all) {
			if (kind !== "pod_disruption_budget") continue;
			const spec = block(given.spec);
			const { match_labels, match_expressions } = block(spec.selector);
			if (match_expressions !== undefined || objects.chartNamespaces.has(namespace)) continue;
			const covered = (templates.get(namespace) ?? []).filter(
				(template) => counted.has(template.owner.kind) && selects(block(match_labels), template),
			);
			const problem =
				covered.length === 0
					? { argument: "spec.selector", message: `budget ${name} selects no pods of namespace ${namespace}` }
					: blocked(spec, sum(covered.map(({ owner }) => block(owner.given.spec))));
			if (problem !== undefined)
				yield { subject: resource, ...problem, argument: `${at}${problem.argument}` };
		}
	},
});

/** Sum of the replicas of the workloads; undefined when one is an expression. */
function sum(specs: readonly Block[]): number | undefined {
	const replicas = specs.map((spec) => (spec.replicas === undefined ? 1 : Number(plain(spec.replicas))));
	const total = replicas.reduce((total, count) => total + count, 0);
	return Number.isNaN(total) ? undefined : total;
}

function blocked(
	spec: Block,
	replicas: number | undefined,
): { argument: string; message: string } | undefined {
	const maximum = plain(spec.max_unavailable);
	if (maximum !== undefined && Number.parseInt(maximum, 10) < 1)
		return { argument: "spec.max_unavailable", message: `max_unavailable ${maximum} allows no eviction` };
	const minimum = plain(spec.min_available);
	if (minimum === undefined || replicas === undefined) return undefined;
	// Kubernetes rounds a percentage up to whole pods.
	const kept = minimum.endsWith("%")
		? Math.ceil((Number.parseInt(minimum, 10) * replicas) / 100)
		: Number.parseInt(minimum, 10);
	return kept < replicas
		? undefined
		: {
				argument: "spec.min_available",
				message: `min_available ${minimum} of ${replicas} pods allows no eviction`,
			};
}

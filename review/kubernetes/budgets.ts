import { type Block, block, plain } from "../../world/blocks.ts";
import { kubernetesObjects } from "../../world/kubernetes-objects.ts";
import { type PodTemplate, podTemplates, selects } from "../../world/pods.ts";
import type { World } from "../../world/world.ts";
import { number } from "./pod-spec.ts";

/** A disruption budget of a world. */
export interface Budget {
	readonly name: string;
	/** Pods that it lets be down at once, of all workloads that it covers. */
	readonly allowed: number;
}

/** Kinds whose pods a budget counts. */
const counted = new Set(["deployment", "replica_set", "replication_controller", "stateful_set"]);

/** Disruption budgets of a world that select the pods of a workload, by labels alone. */
export function budgetsFor(world: World, template: PodTemplate): Budget[] {
	const { namespace } = template.owner;
	return kubernetesObjects(world).all.flatMap(({ kind, name, given, ...object }) => {
		if (kind !== "pod_disruption_budget" || namespace !== object.namespace) return [];
		const spec = block(given.spec);
		const { match_labels, match_expressions } = block(spec.selector);
		const labels = block(match_labels);
		if (match_expressions !== undefined || !selects(labels, template)) return [];
		const covered = podTemplates(world).filter(
			(one) => one.owner.namespace === namespace && counted.has(one.owner.kind) && selects(labels, one),
		);
		const allowed = allowedBy(
			spec,
			covered.reduce((sum, one) => sum + replicasOf(one), 0),
		);
		return allowed === undefined ? [] : [{ name, allowed }];
	});
}

/** Replicas of a workload; the API's default is 1. */
export function replicasOf({ owner }: PodTemplate): number {
	return number(block(owner.given.spec).replicas, 1);
}

/** Kubernetes rounds a share up to whole pods, on both sides. */
function allowedBy(spec: Block, replicas: number): number | undefined {
	const pods = (value: string) =>
		value.endsWith("%")
			? Math.ceil((Number.parseInt(value, 10) * replicas) / 100)
			: Number.parseInt(value, 10);
	const most = plain(spec.max_unavailable);
	if (most !== undefined) return pods(most);
	const least = plain(spec.min_available);
	return least === undefined ? undefined : Math.max(0, replicas - pods(least));
}

/** The pods of a workload. */
export function templateOf(
	world: World,
	kind: string,
	namespace: string,
	name: string,
): PodTemplate | undefined {
	return podTemplates(world).find(
		({ owner }) => owner.kind === kind && owner.namespace === namespace && owner.name === name,
	);
}

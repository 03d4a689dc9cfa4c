import { PodDisruptionBudgetV1 } from "@cdktf/provider-kubernetes/lib/pod-disruption-budget-v1/index.js";
import { Construct } from "constructs";
import { VisibleError } from "../../config/schema/visible-error.ts";
import type { PodSet } from "./workload.ts";

export interface DisruptionBudgetProps {
	readonly pods: PodSet;
	/** Pods that must stay available during an eviction. */
	readonly minAvailable: number;
}

/** A disruption budget: node drains evict pods one by one, and never leave fewer than the minimum. */
export class DisruptionBudget extends Construct {
	/** @throws Error when no pod could ever be evicted, or the budget has no effect */
	constructor(scope: Construct, id: string, { pods, minAvailable }: DisruptionBudgetProps) {
		super(scope, id);
		if (minAvailable < 1 || minAvailable >= pods.replicas)
			throw new VisibleError(
				`${this.node.path}: minAvailable is ${minAvailable}, expected 1 to ${pods.replicas - 1} for ${pods.replicas} replicas of ${pods.name}`,
			);
		new PodDisruptionBudgetV1(this, "Resource", {
			metadata: { name: pods.name, namespace: pods.namespace.name },
			spec: { minAvailable: String(minAvailable), selector: { matchLabels: { ...pods.selector } } },
		});
	}
}

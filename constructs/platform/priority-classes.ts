import { PriorityClassV1 } from "@cdktf/provider-kubernetes/lib/priority-class-v1/index.js";
import { Construct } from "constructs";
import { gpuPriority, priorityClassOf, type Tier, tierFacts } from "../../config/tiers.ts";

/** A priority class per tier and one for pods with a GPU; none is the default. */
export class PriorityClasses extends Construct {
	constructor(scope: Construct, id: string) {
		super(scope, id);
		for (const [tier, { priority, preempts }] of Object.entries(tierFacts))
			this.#add(priorityClassOf(tier as Tier), priority, preempts);
		this.#add(gpuPriority.name, gpuPriority.value, true);
	}

	#add(name: string, value: number, preempts: boolean): void {
		new PriorityClassV1(this, name, {
			metadata: { name },
			value,
			globalDefault: false,
			preemptionPolicy: preempts ? "PreemptLowerPriority" : "Never",
		});
	}
}

import { LimitRangeV1 } from "@cdktf/provider-kubernetes/lib/limit-range-v1/index.js";
import { Construct } from "constructs";
import { type Tier, tierFacts } from "../../config/tiers.ts";

export interface TierDefaultsProps {
	/**
	 * Name of the namespace, or a reference to it; its label `governanceLabels.ownLimitRange` keeps Kyverno from making
	 * a second LimitRange.
	 */
	readonly namespace: string;
	readonly tier: Tier;
	/** Request and limit of ephemeral storage of a container. @default unlimited */
	readonly scratch?: { readonly request: string; readonly limit: string };
}

/**
 * LimitRange with the defaults and maxima of a tier. Every quota on CPU or memory needs one, since it would refuse
 * containers that state nothing.
 */
export class TierDefaults extends Construct {
	constructor(scope: Construct, id: string, { namespace, tier, scratch }: TierDefaultsProps) {
		super(scope, id);
		const { cpu, memory, memoryLimit, largestLimit } = tierFacts[tier].container;
		new LimitRangeV1(this, "Resource", {
			metadata: { name: "tier-defaults", namespace },
			spec: {
				limit: [
					{
						type: "Container",
						default: { memory: memoryLimit, ...(scratch ? { "ephemeral-storage": scratch.limit } : {}) },
						defaultRequest: { cpu, memory, ...(scratch ? { "ephemeral-storage": scratch.request } : {}) },
						max: { memory: largestLimit },
					},
				],
			},
		});
	}
}

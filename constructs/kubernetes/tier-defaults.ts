import { LimitRangeV1 } from "@cdktf/provider-kubernetes/lib/limit-range-v1/index.js";
import { Construct } from "constructs";
import { type Tier, tierFacts } from "../../config/tiers.ts";

export interface TierDefaultsProps {
	/** Name of the namespace, or a reference to it; its label `governanceLabels.ownLimitRange` keeps others away. */
	readonly namespace: string;
	readonly tier: Tier;
	/** Disk of a node that a container reserves and may fill. @default not bounded */
	readonly scratch?: { readonly request: string; readonly limit: string };
}

/**
 * What containers get that ask for nothing, and the most they may ask for, by the table of tiers. It belongs beside
 * every quota on CPU or memory, which would refuse such containers.
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

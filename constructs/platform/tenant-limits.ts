import { ResourceQuotaV1 } from "@cdktf/provider-kubernetes/lib/resource-quota-v1/index.js";
import { Construct } from "constructs";
import type { OwnerNamespace } from "../../config/registry/registry.ts";
import { tiers } from "../../config/tiers.ts";
import { TierDefaults } from "../kubernetes/tier-defaults.ts";
import { classesAboveTenants } from "./priority-classes.ts";

export interface TenantLimitsProps {
	readonly namespace: OwnerNamespace;
}

/**
 * What a namespace of the registry may use: one quota however many owners share it, defaults without which the quota
 * would refuse every pod that leaves a number open, and no priority above that of tenants. The API server itself
 * enforces all three, whether or not a policy engine runs.
 */
export class TenantLimits extends Construct {
	constructor(scope: Construct, id: string, { namespace: { name, quota } }: TenantLimitsProps) {
		super(scope, id);
		new ResourceQuotaV1(this, "quota", {
			metadata: { name: "user-quota", namespace: name },
			spec: {
				hard: {
					"requests.cpu": quota.cpuRequests,
					"requests.memory": quota.memoryRequests,
					"limits.memory": quota.memoryLimits,
					pods: quota.pods,
					"requests.storage": quota.storageRequests,
					persistentvolumeclaims: quota.persistentVolumeClaims,
				},
			},
		});
		new TierDefaults(this, "defaults", { namespace: name, tier: tiers.aux });
		new ResourceQuotaV1(this, "priority-guard", {
			metadata: { name: "priority-guard", namespace: name },
			spec: {
				hard: { pods: "0" },
				scopeSelector: {
					matchExpression: [
						{
							scopeName: "PriorityClass",
							operator: "In",
							values: [...classesAboveTenants(tiers.aux)],
						},
					],
				},
			},
		});
	}
}

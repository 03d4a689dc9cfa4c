import { ResourceQuotaV1 } from "@cdktf/provider-kubernetes/lib/resource-quota-v1/index.js";
import { Construct } from "constructs";
import type { OwnerNamespace } from "../../config/registry/registry.ts";
import { priorityClassOf, tiers } from "../../config/tiers.ts";
import { TierDefaults } from "../kubernetes/tier-defaults.ts";
import { objectCounts } from "./admission/kinds.ts";

export interface TenantLimitsProps {
	readonly namespace: OwnerNamespace;
}

/** Disk of a node that a container may fill, with logs, its own files and volumes of the pod (`ephemeral-storage`). */
const scratch = { request: "64Mi", limit: "1Gi" };

/** Pods that have ended are kept until somebody looks at them, and are not counted as `pods`. */
const endedPods = 100;

/**
 * What a namespace of the registry may use: one quota however many owners share it, defaults without which the quota
 * would refuse every pod that leaves a number open, and no priority but that of tenants. The API server itself
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
					"count/pods": String(Number(quota.pods) + endedPods),
					// Twice what as many containers get that ask for nothing: some pods have two.
					"requests.ephemeral-storage": `${Number(quota.pods) * 128}Mi`,
					"limits.ephemeral-storage": `${Number(quota.pods) * 2}Gi`,
					"requests.storage": quota.storageRequests,
					persistentvolumeclaims: quota.persistentVolumeClaims,
					...objectCounts,
				},
			},
		});
		new TierDefaults(this, "defaults", { namespace: name, tier: tiers.aux, scratch });
		new ResourceQuotaV1(this, "priority-guard", {
			metadata: { name: "priority-guard", namespace: name },
			spec: {
				hard: { pods: "0" },
				scopeSelector: {
					matchExpression: [
						// Without the second, pods that name no class would count as well.
						{ scopeName: "PriorityClass", operator: "NotIn", values: [priorityClassOf(tiers.aux)] },
						{ scopeName: "PriorityClass", operator: "Exists", values: [] },
					],
				},
			},
		});
	}
}

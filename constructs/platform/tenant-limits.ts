import { ResourceQuotaV1 } from "@cdktf/provider-kubernetes/lib/resource-quota-v1/index.js";
import { Construct } from "constructs";
import type { OwnerNamespace } from "../../config/registry/registry.ts";
import { priorityClassOf, tiers } from "../../config/tiers.ts";
import { TierDefaults } from "../kubernetes/tier-defaults.ts";
import { objectCounts } from "./admission/kinds.ts";

export interface TenantLimitsProps {
	readonly namespace: OwnerNamespace;
}

/** Ephemeral storage of a container: logs, its own files and emptyDir volumes. */
const scratch = { request: "64Mi", limit: "1Gi" };

/** Limit of finished pods, which are kept until deleted and do not count as `pods`. */
const endedPods = 100;

/**
 * Quota, defaults and priority of a namespace of the registry: one quota however many owners share it, defaults for
 * pods that state no resources, which the quota would refuse, and the priority of tenants only. The API server enforces
 * all three, with or without a policy engine.
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
					// Twice the defaults of that many containers, as some pods have two.
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

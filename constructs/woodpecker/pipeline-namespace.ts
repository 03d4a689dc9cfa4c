import { NetworkPolicyV1 } from "@cdktf/provider-kubernetes/lib/network-policy-v1/index.js";
import { ResourceQuotaV1 } from "@cdktf/provider-kubernetes/lib/resource-quota-v1/index.js";
import { Construct } from "constructs";
import { formatBytes } from "../../config/schema/primitives.ts";
import type { Site } from "../../config/schema/site.ts";
import { governanceLabels, tiers } from "../../config/tiers.ts";
import { TieredNamespace } from "../kubernetes/namespace.ts";
import { TierDefaults } from "../kubernetes/tier-defaults.ts";
import { siteOf } from "../site.ts";
import { pipelineEgress } from "./pipeline-egress.ts";

export interface PipelineNamespaceProps {
	readonly name: string;
	readonly quota: Site["woodpecker"]["tenants"]["quota"];
	/** Whether plugins may run privileged in it. */
	readonly privileged: boolean;
	/** Whether egress is restricted to the Internet and to what a pipeline needs of the site. */
	readonly fenced: boolean;
}

/**
 * The namespace in which an agent runs the steps of pipelines. Their pods are disposable, run as the service account
 * `default`, and accept connections only from each other.
 */
export class PipelineNamespace extends Construct {
	readonly namespace: TieredNamespace;

	constructor(scope: Construct, id: string, { name, quota, privileged, fenced }: PipelineNamespaceProps) {
		super(scope, id);
		this.namespace = new TieredNamespace(this, "namespace", {
			name,
			tier: tiers.edge,
			withoutQuota: true,
			podSecurity: privileged ? "privileged" : "baseline",
			labels: { [governanceLabels.ownLimitRange]: "true" },
		});
		new TierDefaults(this, "defaults", { namespace: this.namespace.name, tier: this.namespace.tier });
		new ResourceQuotaV1(this, "quota", {
			metadata: { name: "tier-quota", namespace: this.namespace.name },
			spec: {
				hard: {
					"requests.cpu": quota.cpuRequests,
					"requests.memory": formatBytes(quota.memoryRequests),
					"limits.memory": formatBytes(quota.memoryLimits),
					pods: String(quota.pods),
				},
			},
		});
		new NetworkPolicyV1(this, "policy", {
			metadata: { name: "pipelines", namespace: this.namespace.name },
			spec: {
				podSelector: {},
				policyTypes: fenced ? ["Ingress", "Egress"] : ["Ingress"],
				// For the services of a workflow.
				ingress: [{ from: [{ podSelector: {} }] }],
				...(fenced ? { egress: pipelineEgress(siteOf(this)) } : {}),
			},
		});
	}
}

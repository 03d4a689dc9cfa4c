import { ClusterRoleV1 } from "@cdktf/provider-kubernetes/lib/cluster-role-v1/index.js";
import { Manifest } from "@cdktf/provider-kubernetes/lib/manifest/index.js";
import { Construct } from "constructs";
import type { Site } from "../../../config/schema/site.ts";
import { literal } from "../../../world/literal.ts";
import { siteOf } from "../../site.ts";
import type { ClusterPolicy } from "./cluster-policy.ts";
import { guardPolicies } from "./guard-policies.ts";
import { podPolicies } from "./pod-policies.ts";
import { tierPolicies } from "./tier-policies.ts";

type Settings = NonNullable<Site["platform"]["policyEngine"]>;

/** Every policy of a site, in the order of the documentation; none without a policy engine. */
export function clusterPolicies({ platform, hypervisor }: PolicySite): readonly ClusterPolicy[] {
	const settings = platform.policyEngine;
	if (settings === undefined) return [];
	return [
		...tierPolicies(settings),
		...podPolicies(settings),
		...guardPolicies(settings, hypervisor.imageRegistry.private),
	];
}

type PolicySite = Pick<Site, "platform" | "hypervisor">;

export interface PolicyEngineRulesProps {
	readonly settings: Settings;
}

/**
 * Policies of Kyverno, which is installed outside this project together with its kinds. No protection against tenants
 * depends on it: when it is down, every request passes.
 */
export class PolicyEngineRules extends Construct {
	constructor(scope: Construct, id: string, { settings }: PolicyEngineRulesProps) {
		super(scope, id);
		for (const { name, purpose, background = true, rules } of clusterPolicies(siteOf(this)))
			new Manifest(this, name, {
				manifest: escaped({
					apiVersion: "kyverno.io/v1",
					kind: "ClusterPolicy",
					metadata: { name, annotations: { "policies.kyverno.io/description": purpose } },
					// With `Fail` an outage of the webhook has kept every pod out of the cluster.
					spec: { failurePolicy: "Ignore", background, rules },
				}),
			});
		// The cleanup controller refuses a policy that it may not follow, and its chart lets it delete no pod.
		const right = new ClusterRoleV1(this, "cleanup-right", {
			metadata: {
				name: "cleanup-failed-pods",
				labels: { "rbac.kyverno.io/aggregate-to-cleanup-controller": "true" },
			},
			rule: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch", "delete"] }],
		});
		new Manifest(this, "cleanup-failed-pods", {
			dependsOn: [right],
			manifest: {
				apiVersion: "kyverno.io/v2",
				kind: "ClusterCleanupPolicy",
				metadata: { name: "cleanup-failed-pods" },
				spec: {
					schedule: settings.cleanupSchedule,
					match: { any: [{ resources: { kinds: ["Pod"] } }] },
					conditions: {
						all: [{ key: "{{ target.status.phase }}", operator: "Equals", value: "Failed" }],
					},
				},
			},
		});
	}
}

/** The manifest with its texts escaped for Terraform's templates. */
function escaped(manifest: object): { [key: string]: unknown } {
	return JSON.parse(JSON.stringify(manifest), (_, value) =>
		typeof value === "string" ? literal(value) : value,
	);
}

import { RoleV1 } from "@cdktf/provider-kubernetes/lib/role-v1/index.js";
import { Construct } from "constructs";
import { ownedBy, ownerNames, tenantAnnotations } from "../../config/registry/owner-names.ts";
import type { OwnerNamespace } from "../../config/registry/registry.ts";
import { tenantDomain } from "../../config/schema/tenant-hosts.ts";
import { governanceLabels, tiers } from "../../config/tiers.ts";
import { TieredNamespace } from "../kubernetes/namespace.ts";
import { siteOf } from "../site.ts";
import type { KubernetesEngine } from "../vault/kubernetes-engine.ts";
import type { TransitEngine } from "../vault/transit-engine.ts";

export interface TenantNamespaceProps {
	readonly namespace: OwnerNamespace;
	readonly engine: KubernetesEngine;
	readonly transit: TransitEngine;
}

/**
 * A namespace of the registry with its deployer, for which Vault issues tokens, and the key of its states. Owners share
 * namespaces, so it belongs to none of them: it does not change when an owner comes or goes.
 */
export class TenantNamespace extends Construct {
	/** Reference to the name of the namespace. */
	readonly name: string;

	constructor(scope: Construct, id: string, { namespace, engine, transit }: TenantNamespaceProps) {
		super(scope, id);
		const { name, owners, podSecurity, domains } = namespace;
		const domain = tenantDomain(siteOf(this));
		const { name: reference } = new TieredNamespace(this, "namespace", {
			name,
			tier: tiers.aux,
			holdsData: true,
			withoutQuota: true,
			podSecurity,
			labels: { [ownedBy.key]: ownedBy.value, [governanceLabels.ownLimitRange]: "true" },
			annotations: {
				[tenantAnnotations.owners]: owners.map(({ key }) => key).join(","),
				[tenantAnnotations.allowedHosts]: domains.map((label) => `${label}.${domain}`).join(","),
			},
		});
		this.name = reference;
		const deployer = new RoleV1(this, "deployer", {
			metadata: { name: ownerNames.deployer(name), namespace: reference },
			rule: [
				// Rights for `kubectl set image` and `kubectl rollout status`.
				{
					apiGroups: ["apps"],
					resources: ["deployments"],
					verbs: ["get", "list", "watch", "patch", "update"],
				},
				{ apiGroups: ["apps"], resources: ["replicasets"], verbs: ["get", "list", "watch"] },
				{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] },
			],
		});
		engine.addTokenRole(this, "token-role", {
			name: ownerNames.deployer(name),
			role: deployer.metadata.name,
			namespace: reference,
		});
		transit.addKey(this, "state-key", {
			owner: name,
			deletionAllowed: owners.every(({ disabled }) => disabled),
		});
	}
}

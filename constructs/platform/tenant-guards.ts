import { Construct } from "constructs";
import type { OwnerNamespace } from "../../config/registry/registry.ts";
import { TenantLimits } from "./tenant-limits.ts";
import { TenantNetwork } from "./tenant-network.ts";

export interface TenantGuardsProps {
	readonly namespace: OwnerNamespace;
}

/**
 * Limits and network policies of a namespace of the registry, which the stack `vault` makes; they do not depend on its
 * owners.
 */
export class TenantGuards extends Construct {
	constructor(scope: Construct, id: string, { namespace }: TenantGuardsProps) {
		super(scope, id);
		new TenantLimits(this, "limits", { namespace });
		new TenantNetwork(this, "network", { namespace: namespace.name });
	}
}

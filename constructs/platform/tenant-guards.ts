import { Construct } from "constructs";
import type { OwnerNamespace } from "../../config/registry/registry.ts";
import { TenantLimits } from "./tenant-limits.ts";
import { TenantNetwork } from "./tenant-network.ts";

export interface TenantGuardsProps {
	readonly namespace: OwnerNamespace;
}

/** What holds in a namespace of the registry, which another stack has made, whoever its owners are. */
export class TenantGuards extends Construct {
	constructor(scope: Construct, id: string, { namespace }: TenantGuardsProps) {
		super(scope, id);
		new TenantLimits(this, "limits", { namespace });
		new TenantNetwork(this, "network", { namespace: namespace.name });
	}
}

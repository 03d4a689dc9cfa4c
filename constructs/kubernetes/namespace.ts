import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1/index.js";
import { Construct } from "constructs";
import type { Tier } from "../../config/tiers.ts";

export interface TieredNamespaceProps {
	readonly name: string;
	/** Decides quota, limits and priority of everything inside. */
	readonly tier: Tier;
	/** Pod Security level that the API server enforces. @default baseline */
	readonly podSecurity?: "privileged" | "baseline" | "restricted";
}

/** A namespace with its tier. Objects inside take it as a construct, so that none can exist before it. */
export class TieredNamespace extends Construct {
	/** Reference to the object's name: Terraform then orders everything that uses it after the namespace. */
	readonly name: string;
	/** The same name as plain text, for host names and selectors. */
	readonly plainName: string;
	readonly tier: Tier;

	constructor(scope: Construct, id: string, { name, tier, podSecurity = "baseline" }: TieredNamespaceProps) {
		super(scope, id);
		this.plainName = name;
		this.tier = tier;
		const namespace = new NamespaceV1(this, "Resource", {
			metadata: { name, labels: { tier, "pod-security.kubernetes.io/enforce": podSecurity } },
		});
		this.name = namespace.metadata.name;
	}
}

import { Policy } from "@cdktf/provider-vault/lib/policy/index.js";
import { Construct } from "constructs";
import { literal } from "../../world/literal.ts";
import { type PolicyRule, renderPolicy } from "./policy.ts";

export interface VaultPolicyProps {
	readonly name: string;
	readonly rules: readonly PolicyRule[];
}

/** A policy in Vault from typed rules. */
export class VaultPolicy extends Construct {
	/** Reference to the name, so that whatever grants the policy is made after it. */
	readonly policyName: string;

	constructor(scope: Construct, id: string, { name, rules }: VaultPolicyProps) {
		super(scope, id);
		this.policyName = new Policy(this, "Resource", { name, policy: literal(renderPolicy(rules)) }).name;
	}
}

import type { TenantRule } from "../admission-policy.ts";
import { tenantNetworkPolicies } from "../tenant-network.ts";
import { list, subject } from "./cel.ts";
import { keepsQuotas } from "./requester.ts";

export const networkRules: readonly TenantRule[] = [
	{
		name: "tenant-network-policies",
		apiVersion: "networking.k8s.io/v1",
		resources: ["networkpolicies"],
		operations: ["CREATE", "UPDATE", "DELETE"],
		appliesTo: keepsQuotas,
		validations: [
			{
				expression: `!(${subject}.metadata.name in ${list(Object.values(tenantNetworkPolicies))})`,
				message: "the policy belongs to the platform",
			},
			{
				expression: "object == null || !('Egress' in object.spec.policyTypes)",
				message: "no rules for egress: policies add up, and it would open what the platform has closed",
			},
		],
	},
];

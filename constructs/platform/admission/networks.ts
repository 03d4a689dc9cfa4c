import type { Site } from "../../../config/schema/site.ts";
import type { TenantRule } from "../admission-policy.ts";
import { tenantNetworkPolicies } from "../tenant-network.ts";
import { list, subject, text } from "./cel.ts";
import { actsHereOnly, keepsQuotas } from "./requester.ts";

/** Rules for network policies of tenants, and for addresses of their Services. */
export const networkRules = ({ cluster }: Pick<Site, "cluster">): readonly TenantRule[] => [
	{
		name: "tenant-addresses",
		apiVersion: "v1",
		resources: ["services"],
		operations: ["CREATE", "UPDATE"],
		appliesTo: actsHereOnly,
		validations: [
			{
				// A Service may ask for its address, and every pod asks this one for names.
				expression: `!has(object.spec.clusterIP) || object.spec.clusterIP != ${text(cluster.dns.address)}`,
				message: `${cluster.dns.address} is the address of the cluster's DNS`,
			},
		],
	},
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

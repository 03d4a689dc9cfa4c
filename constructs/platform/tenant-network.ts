import { NetworkPolicyV1 } from "@cdktf/provider-kubernetes/lib/network-policy-v1/index.js";
import { Construct } from "constructs";
import { isInside } from "../../config/schema/ip-network.ts";
import type { Site } from "../../config/schema/site.ts";
import { oncePer } from "../../world/once-per.ts";
import { siteOf } from "../site.ts";
import { inNamespace, toDns } from "./site-egress.ts";

/** Names of the network policies of each namespace; tenants may neither change nor delete them. */
export const tenantNetworkPolicies = { deny: "default-deny", allow: "tenant-allowances" } as const;

/** Networks that are never the Internet (RFC 1918, RFC 6598 shared addresses, RFC 3927 with metadata services). */
const privateNetworks = ["10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"];

/** Networks that egress to the Internet excludes: private ones, and networks of the site that are not among them. */
export const outsideTheInternet = oncePer(
	({ network: { pods, services, subnets } }: Pick<Site, "network">): readonly string[] => {
		const own = [pods, services, ...Object.values(subnets).map(({ cidr }) => cidr)].filter(
			(cidr) => !privateNetworks.some((network) => isInside(cidr, network)),
		);
		return [...new Set([...privateNetworks, ...own])].sort();
	},
);

export interface TenantNetworkProps {
	/** Name of the namespace. */
	readonly namespace: string;
}

/**
 * Pods of a tenant reach each other, DNS and the Internet over IPv4, and are reached through the ingress controller; no
 * other traffic is allowed. Network policies are additive, so the first one denies everything.
 */
export class TenantNetwork extends Construct {
	constructor(scope: Construct, id: string, { namespace }: TenantNetworkProps) {
		super(scope, id);
		const site = siteOf(this);
		const everyPod = {};
		new NetworkPolicyV1(this, "deny", {
			metadata: { name: tenantNetworkPolicies.deny, namespace },
			spec: { podSelector: everyPod, policyTypes: ["Ingress", "Egress"] },
		});
		new NetworkPolicyV1(this, "allow", {
			metadata: { name: tenantNetworkPolicies.allow, namespace },
			spec: {
				podSelector: everyPod,
				policyTypes: ["Ingress", "Egress"],
				ingress: [{ from: [{ podSelector: everyPod }, inNamespace(site.cluster.ingress.namespace)] }],
				egress: [
					{ to: [{ podSelector: everyPod }] },
					toDns,
					{ to: [{ ipBlock: { cidr: "0.0.0.0/0", except: [...outsideTheInternet(site)] } }] },
				],
			},
		});
	}
}

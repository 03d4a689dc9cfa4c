import { NetworkPolicyV1 } from "@cdktf/provider-kubernetes/lib/network-policy-v1/index.js";
import { Construct } from "constructs";
import { siteOf } from "../site.ts";
import { toApiServers, toDns, toVault } from "./site-egress.ts";

/**
 * Confines External Secrets, which reads and writes every Secret of the cluster: whoever got it to send one somewhere
 * would find that its pods reach the DNS, Vault and the API server, and nothing else. The operator and its namespace are
 * made outside this project.
 */
export class SecretsOperator extends Construct {
	constructor(scope: Construct, id: string) {
		super(scope, id);
		const site = siteOf(this);
		const machines = Object.values(site.vault.machines).filter(({ policy }) => policy === "eso-reader");
		for (const { namespace } of machines)
			new NetworkPolicyV1(this, `egress-of-${namespace}`, {
				metadata: { name: "vault-and-api-server", namespace },
				spec: {
					podSelector: {},
					policyTypes: ["Egress"],
					egress: [toDns, toVault(site), ...toApiServers(site)],
				},
			});
	}
}

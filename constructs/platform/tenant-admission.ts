import { Construct } from "constructs";
import { ownedBy } from "../../config/registry/owner-names.ts";
import type { Site } from "../../config/schema/site.ts";
import { siteOf } from "../site.ts";
import { accountRules } from "./admission/accounts.ts";
import { deployerRules } from "./admission/deployers.ts";
import { ingressRules } from "./admission/ingresses.ts";
import { kindRules } from "./admission/kinds.ts";
import { metadataRules } from "./admission/metadata.ts";
import { networkRules } from "./admission/networks.ts";
import { claimRules, podRules } from "./admission/pods.ts";
import { secretRules } from "./admission/secrets.ts";
import { AdmissionPolicy, type TenantRule } from "./admission-policy.ts";

/** Policies on what an owner, who is `admin` of the namespace, and the owner's pipelines may nevertheless not write. */
export function tenantAdmissionPolicies(site: Site): readonly TenantRule[] {
	return [
		...kindRules,
		...metadataRules,
		...ingressRules(site),
		...podRules,
		...claimRules(site),
		...accountRules,
		...deployerRules,
		...networkRules(site),
		...secretRules(site),
	];
}

/** Rules of the API server for the namespaces of the registry, in force with or without a policy engine. */
export class TenantAdmission extends Construct {
	constructor(scope: Construct, id: string) {
		super(scope, id);
		for (const policy of tenantAdmissionPolicies(siteOf(this)))
			new AdmissionPolicy(this, policy.name, {
				...policy,
				within: { [ownedBy.key]: ownedBy.value },
			});
	}
}

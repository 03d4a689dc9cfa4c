import { IdentityEntity } from "@cdktf/provider-vault/lib/identity-entity/index.js";
import { IdentityEntityAlias } from "@cdktf/provider-vault/lib/identity-entity-alias/index.js";
import { QuotaRateLimit } from "@cdktf/provider-vault/lib/quota-rate-limit/index.js";
import { Construct } from "constructs";
import { ownerNames } from "../../config/registry/owner-names.ts";
import type { Owner } from "../../config/registry/registry.ts";
import { minutes } from "../../config/schema/duration.ts";
import { siteOf } from "../site.ts";
import type { KubernetesAuth } from "../vault/kubernetes-auth.ts";
import type { OidcAuth } from "../vault/oidc-auth.ts";
import { VaultPolicy } from "../vault/vault-policy.ts";
import { ownerRules, ownerStateRules, pipelineRules } from "./owner-policies.ts";

export interface VaultOwnerProps {
	/** An owner who is not disabled. */
	readonly owner: Owner;
	/** The auth method that owners log in by. */
	readonly auth: OidcAuth;
	/** The auth method that the owner's pipelines log in by. */
	readonly machines: KubernetesAuth;
}

/** Lifetime of a token of a pipeline in milliseconds: it asks for another one at once. */
const lifetime = minutes(15);

/**
 * An owner in Vault: policies, an identity that the e-mail address logs in as, the group of the state keys, the login of
 * the owner's pipelines, if the CI server runs any, and a limit of requests to their values. That one is per address, and
 * the ingress controller is one: a limit of the whole server would let one stranger shut out everybody.
 */
export class VaultOwner extends Construct {
	constructor(scope: Construct, id: string, { owner, auth, machines }: VaultOwnerProps) {
		super(scope, id);
		const { key, email, ciOrgId } = owner;
		const { kvMount, limits } = siteOf(this).vault;
		const policy = new VaultPolicy(this, "policy", {
			name: ownerNames.policy(key),
			rules: ownerRules(kvMount, owner),
		});
		const statePolicy = new VaultPolicy(this, "state-policy", {
			name: ownerNames.statePolicy(key),
			rules: ownerStateRules(owner),
		});
		auth.addGroup(this, "state", { name: ownerNames.stateGroup(key), policies: [statePolicy] });
		const entity = new IdentityEntity(this, "entity", {
			name: key,
			policies: [policy.policyName, statePolicy.policyName],
		});
		new IdentityEntityAlias(this, "entity-alias", {
			name: email,
			mountAccessor: auth.accessor,
			canonicalId: entity.id,
		});
		for (const [name, path] of [
			["entry", `${kvMount}/data/${key}`],
			["entries", `${kvMount}/data/${key}/*`],
		] as const)
			new QuotaRateLimit(this, `limit-${name}`, {
				name: `owner-${key}-${name}`,
				path,
				rate: limits.ownerRequests,
				interval: 60,
			});
		if (ciOrgId !== undefined)
			machines.addRole(this, "pipelines", {
				name: ownerNames.pipelines(key),
				serviceAccount: "default",
				namespace: ownerNames.pipelineNamespace(key),
				policies: [
					new VaultPolicy(this, "pipelines-policy", {
						name: ownerNames.pipelines(key),
						rules: pipelineRules(owner),
					}),
				],
				lifetime,
				renewable: false,
			});
	}
}

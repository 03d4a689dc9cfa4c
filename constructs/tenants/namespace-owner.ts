import { IdentityEntity } from "@cdktf/provider-vault/lib/identity-entity/index.js";
import { IdentityEntityAlias } from "@cdktf/provider-vault/lib/identity-entity-alias/index.js";
import { Construct } from "constructs";
import { ownerNames } from "../../config/registry/owner-names.ts";
import type { Owner } from "../../config/registry/registry.ts";
import { siteOf } from "../site.ts";
import type { OidcAuth } from "../vault/oidc-auth.ts";
import { VaultPolicy } from "../vault/vault-policy.ts";
import { ownerRules, ownerStateRules } from "./owner-policies.ts";

/** What one stack makes for an owner. */
export type OwnerFace = (scope: Construct, owner: Owner) => void;

export interface NamespaceOwnerProps {
	/** Someone of the registry who has their rights: a disabled owner has no face anywhere. */
	readonly owner: Owner;
	readonly face: OwnerFace;
}

/** A person with namespaces, as one stack sees them. Whatever the stack, names come from `ownerNames`. */
export class NamespaceOwner extends Construct {
	constructor(scope: Construct, id: string, { owner, face }: NamespaceOwnerProps) {
		super(scope, id);
		face(this, owner);
	}
}

/** In Vault: policies, an identity that the e-mail address logs in as, and the group of the state keys. */
export function vaultFace(auth: OidcAuth): OwnerFace {
	return (scope, owner) => {
		const { key, email } = owner;
		const policy = new VaultPolicy(scope, "policy", {
			name: ownerNames.policy(key),
			rules: ownerRules(siteOf(scope).vault.kvMount, owner),
		});
		const statePolicy = new VaultPolicy(scope, "state-policy", {
			name: ownerNames.statePolicy(key),
			rules: ownerStateRules(owner),
		});
		auth.addGroup(scope, "state", { name: ownerNames.stateGroup(key), policies: [statePolicy] });
		const entity = new IdentityEntity(scope, "entity", {
			name: key,
			policies: [policy.policyName, statePolicy.policyName],
		});
		new IdentityEntityAlias(scope, "entity-alias", {
			name: email,
			mountAccessor: auth.accessor,
			canonicalId: entity.id,
		});
	};
}

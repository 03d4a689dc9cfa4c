import { IdentityGroup } from "@cdktf/provider-vault/lib/identity-group/index.js";
import { IdentityGroupAlias } from "@cdktf/provider-vault/lib/identity-group-alias/index.js";
import { JwtAuthBackend } from "@cdktf/provider-vault/lib/jwt-auth-backend/index.js";
import { JwtAuthBackendRole } from "@cdktf/provider-vault/lib/jwt-auth-backend-role/index.js";
import { Construct } from "constructs";
import { inSeconds } from "../../config/schema/duration.ts";
import { literal } from "../../world/literal.ts";
import { EphemeralVaultSecret } from "../secrets/ephemeral-vault-secret.ts";
import { siteOf } from "../site.ts";
import type { VaultPolicy } from "./vault-policy.ts";

/** Path of the method. */
const path = "oidc";
const defaultRole = "default";

export interface ExternalGroupProps {
	readonly name: string;
	/** Name of the group at the identity provider. @default name */
	readonly alias?: string;
	readonly policies: readonly VaultPolicy[];
}

/**
 * Auth method for users by the site's identity provider. The alias of a user is the e-mail address; groups come from
 * the token. Without a provider, as in the lab, tokens signed with known keys are accepted at the same path.
 */
export class OidcAuth extends Construct {
	/** Accessor of the mount, which aliases belong to. */
	readonly accessor: string;

	constructor(scope: Construct, id: string) {
		super(scope, id);
		const { identity, address } = siteOf(this).vault;
		const common = {
			path,
			defaultRole,
			// Hidden, because the login page opens the provider in a frame, which the provider forbids.
			tune: [{ listingVisibility: "hidden" }],
		};
		let backend: JwtAuthBackend;
		if (identity.kind === "oidc") {
			const { path: entry, key, version } = identity.clientSecret;
			const secret = new EphemeralVaultSecret(this, "client-secret", { path: entry, version });
			backend = new JwtAuthBackend(this, "Resource", {
				...common,
				type: "oidc",
				oidcDiscoveryUrl: literal(identity.discoveryUrl),
				oidcClientId: literal(identity.clientId),
				oidcClientSecretWo: secret.value(key),
				oidcClientSecretWoVersion: version,
			});
		} else
			backend = new JwtAuthBackend(this, "Resource", {
				...common,
				type: "jwt",
				// Vault strips the last line break, and every plan would show a change.
				jwtValidationPubkeys: identity.publicKeys.map((key) => literal(key.trim())),
			});
		this.accessor = backend.accessor;
		const seconds = inSeconds(identity.lifetime);
		new JwtAuthBackendRole(this, "role", {
			backend: backend.path,
			roleName: defaultRole,
			userClaim: "email",
			groupsClaim: "groups",
			tokenPolicies: ["default"],
			tokenTtl: seconds,
			tokenMaxTtl: seconds,
			...(identity.groups.length > 0 ? { boundClaims: { groups: literal(identity.groups.join(",")) } } : {}),
			...(identity.kind === "oidc"
				? {
						roleType: "oidc",
						allowedRedirectUris: [
							`${literal(address)}/ui/vault/auth/${path}/oidc/callback`,
							`http://localhost:8250/${path}/callback`,
						],
						oidcScopes: ["openid", "email", "profile"],
					}
				: { roleType: "jwt", boundAudiences: [...identity.audiences] }),
		});
	}

	/** Gives policies to the members of a group at the identity provider. */
	addGroup(scope: Construct, id: string, { name, alias = name, policies }: ExternalGroupProps): void {
		const group = new IdentityGroup(scope, `${id}-group`, {
			name,
			type: "external",
			policies: policies.map(({ policyName }) => policyName),
		});
		new IdentityGroupAlias(scope, `${id}-alias`, {
			name: literal(alias),
			mountAccessor: this.accessor,
			canonicalId: group.id,
		});
	}
}

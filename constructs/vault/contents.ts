import { KubernetesSecretBackendRole } from "@cdktf/provider-vault/lib/kubernetes-secret-backend-role/index.js";
import { Construct } from "constructs";
import { ownerNames } from "../../config/registry/owner-names.ts";
import type { Registry } from "../../config/registry/registry.ts";
import { inSeconds } from "../../config/schema/duration.ts";
import type { PlatformPolicyName } from "../../config/schema/vault.ts";
import { siteOf } from "../site.ts";
import type { ClusterAccess } from "./cluster-access.ts";
import { DatabaseEngine } from "./database-engine.ts";
import { KubernetesAuth } from "./kubernetes-auth.ts";
import { KubernetesEngine } from "./kubernetes-engine.ts";
import { KvEngine } from "./kv-engine.ts";
import { OidcAuth } from "./oidc-auth.ts";
import { platformPolicies } from "./platform-policies.ts";
import { TransitEngine } from "./transit-engine.ts";
import { VaultPolicy } from "./vault-policy.ts";

export interface VaultContentsProps {
	readonly access: ClusterAccess;
	readonly registry: Registry;
}

/**
 * Content of Vault that belongs to the platform: engines, auth methods, and policies of administrators and machines.
 */
export class VaultContents extends Construct {
	readonly people: OidcAuth;
	readonly machines: KubernetesAuth;
	readonly tokens: KubernetesEngine;
	readonly transit: TransitEngine;
	/** Policies of the platform by name. */
	readonly policies: Readonly<Partial<Record<PlatformPolicyName, VaultPolicy>>>;

	constructor(scope: Construct, id: string, { access, registry }: VaultContentsProps) {
		super(scope, id);
		const site = siteOf(this);
		const { vault } = site;
		new KvEngine(this, "kv", { path: vault.kvMount, versions: vault.limits.versions });
		new DatabaseEngine(this, "database");
		this.transit = new TransitEngine(this, "transit", { stacks: vault.encryptedStates });
		this.tokens = new KubernetesEngine(this, "kubernetes", {
			access,
			roles: registry.namespaces.map(({ name }) => ownerNames.deployer(name)),
		});
		for (const [name, { serviceAccount, namespace, lifetime, longest }] of Object.entries(vault.issuedTokens))
			new KubernetesSecretBackendRole(this, `token-${name}`, {
				backend: this.tokens.path,
				name,
				allowedKubernetesNamespaces: [namespace],
				serviceAccountName: serviceAccount,
				tokenDefaultTtl: inSeconds(lifetime),
				tokenMaxTtl: inSeconds(longest),
			});

		this.policies = Object.fromEntries(
			Object.entries(platformPolicies(site)).flatMap(([name, rules]) =>
				// Vault refuses a policy without rules, which one is of a site that names no entry and no database.
				rules.length === 0 ? [] : [[name, new VaultPolicy(this, `policy-${name}`, { name, rules })]],
			),
		);
		this.people = new OidcAuth(this, "oidc");
		this.people.addGroup(this, "admins", {
			name: "authentik-admins",
			alias: vault.identity.adminGroup,
			policies: this.#named("vault-admin", "sops-admin"),
		});
		this.machines = new KubernetesAuth(this, "machines", { access });
		for (const [name, { policy, ...machine }] of Object.entries(vault.machines))
			this.machines.addRole(this, `machine-${name}`, { name, ...machine, policies: this.#named(policy) });
	}

	#named(...names: readonly PlatformPolicyName[]): readonly VaultPolicy[] {
		return names.flatMap((name) => this.policies[name] ?? []);
	}
}

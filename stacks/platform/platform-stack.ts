import type { Construct } from "constructs";
import { constructIds } from "../../config/registry/owner-names.ts";
import type { Registry } from "../../config/registry/registry.ts";
import { PeopleRoles } from "../../constructs/platform/people-roles.ts";
import { PersonBindings } from "../../constructs/platform/person-bindings.ts";
import { PolicyEngineRules } from "../../constructs/platform/policy-engine/policy-engine-rules.ts";
import { PresentNamespaces } from "../../constructs/platform/present-namespaces.ts";
import { PriorityClasses } from "../../constructs/platform/priority-classes.ts";
import { SecretsOperator } from "../../constructs/platform/secrets-operator.ts";
import { TenantAdmission } from "../../constructs/platform/tenant-admission.ts";
import { TenantGuards } from "../../constructs/platform/tenant-guards.ts";
import { Tunnel } from "../../constructs/platform/tunnel.ts";
import { Zone } from "../../constructs/platform/zone.ts";
import { registryOf } from "../../constructs/registry.ts";
import { PlatformOwner } from "../../constructs/tenants/platform-owner.ts";
import type { StackFacts } from "../declaration.ts";
import { InfraStack } from "../infra-stack.ts";

/** Priorities, policies and tunnel of the cluster, and the rights, limits and network of users and tenants. */
export class PlatformStack extends InfraStack {
	constructor(scope: Construct, facts: StackFacts) {
		super(scope, facts);
		const { platform, vault } = this.site;
		new PriorityClasses(this, "priority-classes");
		new TenantAdmission(this, "tenant-admission");
		new Zone(this, "zone");
		if (platform.secretsOperator) new SecretsOperator(this, "secrets-operator");
		if (platform.policyEngine)
			new PolicyEngineRules(this, "policy-engine", { settings: platform.policyEngine });
		// Registry and credentials of the tunnel are in Vault, which is not initialised yet.
		if (vault.phase === "server") return;
		if (platform.tunnel) new Tunnel(this, "tunnel", { settings: platform.tunnel });
		this.#admit(registryOf(this));
	}

	/** Rights of every user and limits of every namespace of the registry; the stack `vault` makes the namespaces. */
	#admit({ users, owners, namespaces }: Registry): void {
		const roles = new PeopleRoles(this, "roles");
		for (const user of users)
			if (user.role !== "namespace-owner" && !user.disabled)
				new PersonBindings(this, `person-${user.key}`, { user, roles });
		for (const owner of owners) new PlatformOwner(this, constructIds.owner(owner.key), { owner, roles });
		new PresentNamespaces(this, "namespaces", { names: namespaces.map(({ name }) => name), madeBy: "vault" });
		for (const namespace of namespaces)
			new TenantGuards(this, constructIds.namespace(namespace.name), { namespace });
	}
}

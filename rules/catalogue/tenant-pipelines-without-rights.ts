import { roleBindings } from "../../world/role-bindings.ts";
import { worldRule } from "../rule.ts";
import { vaultPolicies } from "../vault-policies.ts";

/** The only path in Vault that a pipeline may use. */
const deployerToken = /^kubernetes\/creds\/[a-z0-9-]+-deployer$/;

export const tenantPipelinesWithoutRights = worldRule({
	id: "tenant-pipelines-without-rights",
	severity: "error",
	reason:
		"The steps of all repositories run as one account of the namespace: a right there is everybody's, and a readable secret is printed.",
	remedy:
		"Let the pipeline ask Vault for the token of its deployer; what needs more belongs to the infrastructure's pipelines.",
	*check(world) {
		const { vault, woodpecker } = world.site;
		const identity = vault.machines[woodpecker.tenants.machine];
		if (identity === undefined) return;
		for (const { object, role, accounts } of roleBindings(world))
			for (const { namespace, name, argument } of accounts)
				if (namespace === identity.namespace)
					yield {
						subject: object.resource,
						argument,
						message: `service account ${namespace}/${name} gets role ${role}`,
					};
		for (const { resource, name, rules } of vaultPolicies(world)) {
			if (name !== identity.policy) continue;
			for (const { path, capabilities } of rules ?? [])
				if (!deployerToken.test(path) || capabilities.some((capability) => capability !== "update"))
					yield {
						subject: resource,
						argument: "policy",
						message: `policy ${name} allows ${capabilities.join(", ")} at ${path}: expected update of kubernetes/creds/<namespace>-deployer`,
					};
		}
	},
});

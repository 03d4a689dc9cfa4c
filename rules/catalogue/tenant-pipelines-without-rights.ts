import { ownerNames, pipelineNamespacePrefix } from "../../config/registry/owner-names.ts";
import { roleBindings } from "../../world/role-bindings.ts";
import { worldRule } from "../rule.ts";
import { vaultPolicies } from "../vault-policies.ts";

/** The only path in Vault that a pipeline may use. */
const deployerToken = /^kubernetes\/creds\/[a-z0-9-]+-deployer$/;

export const tenantPipelinesWithoutRights = worldRule({
	id: "tenant-pipelines-without-rights",
	severity: "error",
	reason:
		"The steps of all repositories of an owner run as one account: a right of it is everybody's who may push there, and a readable secret is printed.",
	remedy:
		"Let the pipeline ask Vault for the token of its deployer; what needs more belongs to the infrastructure's pipelines.",
	*check(world) {
		for (const { object, role, accounts } of roleBindings(world))
			for (const { namespace, name, argument } of accounts)
				if (namespace.startsWith(pipelineNamespacePrefix))
					yield {
						subject: object.resource,
						argument,
						message: `service account ${namespace}/${name} gets role ${role}`,
					};
		for (const { resource, name, rules } of vaultPolicies(world)) {
			if (!name.startsWith(ownerNames.pipelines(""))) continue;
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

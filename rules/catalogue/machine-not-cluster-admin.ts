import { roleBindings } from "../../world/role-bindings.ts";
import { worldRule } from "../rule.ts";

export const machineNotClusterAdmin = worldRule({
	id: "machine-not-cluster-admin",
	severity: "error",
	reason:
		"Whoever can start a pod as such an account, or read its token, owns the cluster and every secret in it.",
	remedy:
		"Give the account the verbs and resources that it uses, in a Role of its namespace if that is enough.",
	*check(world) {
		for (const { object, role, accounts } of roleBindings(world))
			if (role === "cluster-admin")
				for (const { namespace, name, argument } of accounts)
					yield {
						subject: object.resource,
						argument,
						message: `service account ${namespace}/${name} gets cluster-admin`,
					};
	},
});

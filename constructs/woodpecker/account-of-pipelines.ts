import { RoleBindingV1 } from "@cdktf/provider-kubernetes/lib/role-binding-v1/index.js";
import { RoleV1 } from "@cdktf/provider-kubernetes/lib/role-v1/index.js";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1/index.js";
import type { Construct } from "constructs";
import type { TieredNamespace } from "../kubernetes/namespace.ts";

/** An account that may have tokens of its own: for Vault it takes one that no other server accepts. */
export function accountOfPipelines(
	scope: Construct,
	namespace: TieredNamespace,
	name: string,
): ServiceAccountV1 {
	const account = new ServiceAccountV1(scope, "account", { metadata: { name, namespace: namespace.name } });
	const role = new RoleV1(scope, "own-token", {
		metadata: { name, namespace: namespace.name },
		rule: [
			{ apiGroups: [""], resources: ["serviceaccounts/token"], resourceNames: [name], verbs: ["create"] },
		],
	});
	new RoleBindingV1(scope, "own-token-binding", {
		metadata: { name, namespace: namespace.name },
		roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
		subject: [{ kind: "ServiceAccount", name: account.metadata.name, namespace: namespace.name }],
	});
	return account;
}

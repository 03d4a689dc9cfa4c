import { ClusterRoleBindingV1 } from "@cdktf/provider-kubernetes/lib/cluster-role-binding-v1/index.js";
import { Construct } from "constructs";
import type { TieredNamespace } from "../kubernetes/namespace.ts";
import { waive } from "../policy/waiver.ts";

/**
 * Rights of the infrastructure repository's pipelines: they apply stacks, which may contain any kind of object. This is
 * the only machine that administers the cluster, and everything else about it exists to keep others out of its
 * namespace: an agent that takes tasks of one repository only, and no rights for tenants' steps anywhere.
 */
export class InfrastructureIdentity extends Construct {
	constructor(scope: Construct, id: string, { namespace }: { readonly namespace: TieredNamespace }) {
		super(scope, id);
		new ClusterRoleBindingV1(this, "cluster-admin", {
			metadata: { name: "woodpecker-infra" },
			roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
			subject: [{ kind: "ServiceAccount", name: "default", namespace: namespace.name }],
		});
		waive(
			this,
			"machine-not-cluster-admin",
			"Pipelines of the infrastructure repository apply every stack; its agent takes tasks of no other repository.",
		);
	}
}

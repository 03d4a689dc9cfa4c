import {
	ClusterRoleBindingV1,
	type ClusterRoleBindingV1Subject,
} from "@cdktf/provider-kubernetes/lib/cluster-role-binding-v1/index.js";
import { ClusterRoleV1 } from "@cdktf/provider-kubernetes/lib/cluster-role-v1/index.js";
import { RoleBindingV1 } from "@cdktf/provider-kubernetes/lib/role-binding-v1/index.js";
import { RoleV1 } from "@cdktf/provider-kubernetes/lib/role-v1/index.js";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1/index.js";
import { Construct } from "constructs";
import type { TieredNamespace } from "./namespace.ts";

/** Verbs on resources of one API group. */
export interface ApiRule {
	/** @default the core group */
	readonly group?: string;
	readonly resources: readonly string[];
	readonly verbs: readonly string[];
}

export interface ApiAccessProps {
	readonly namespace: Pick<TieredNamespace, "name">;
	/** Name of the service account, the roles and their bindings. */
	readonly name: string;
	/** Rights in the whole cluster; none when empty. */
	readonly cluster: readonly ApiRule[];
	/** Rights in its namespace. @default none */
	readonly own?: readonly ApiRule[];
}

/**
 * A service account with exactly the rights listed. No long-lived token is made for it, and a pod gets one only by
 * `apiAccess`.
 */
export class ApiAccess extends Construct {
	/** Reference to the service account's name. */
	readonly serviceAccount: string;

	constructor(scope: Construct, id: string, { namespace, name, cluster, own = [] }: ApiAccessProps) {
		super(scope, id);
		const metadata = { name, namespace: namespace.name };
		const account = new ServiceAccountV1(this, "account", { metadata, automountServiceAccountToken: false });
		this.serviceAccount = account.metadata.name;
		const subject = [{ kind: "ServiceAccount", name: this.serviceAccount, namespace: namespace.name }];
		if (cluster.length > 0) this.#grantInCluster(name, cluster, subject);
		if (own.length === 0) return;
		const role = new RoleV1(this, "role", { metadata, rule: own.map(rule) });
		new RoleBindingV1(this, "binding", {
			metadata,
			roleRef: roleRef("Role", role.metadata.name),
			subject,
		});
	}

	#grantInCluster(name: string, rules: readonly ApiRule[], subject: ClusterRoleBindingV1Subject[]): void {
		const clusterRole = new ClusterRoleV1(this, "cluster-role", {
			metadata: { name },
			rule: rules.map(rule),
		});
		new ClusterRoleBindingV1(this, "cluster-binding", {
			metadata: { name },
			roleRef: roleRef("ClusterRole", clusterRole.metadata.name),
			subject,
		});
	}
}

function rule({ group = "", resources, verbs }: ApiRule) {
	return { apiGroups: [group], resources: [...resources], verbs: [...verbs] };
}

function roleRef(kind: "ClusterRole" | "Role", name: string) {
	return { apiGroup: "rbac.authorization.k8s.io", kind, name };
}

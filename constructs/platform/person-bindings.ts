import { ClusterRoleBindingV1 } from "@cdktf/provider-kubernetes/lib/cluster-role-binding-v1/index.js";
import { RoleBindingV1 } from "@cdktf/provider-kubernetes/lib/role-binding-v1/index.js";
import { Construct } from "constructs";
import type { User } from "../../config/registry/registry.ts";
import { siteOf } from "../site.ts";
import type { PeopleRoles } from "./people-roles.ts";
import { clusterRoleRef, userSubject } from "./user-subject.ts";

export interface PersonBindingsProps {
	/** An administrator or a power user who is not disabled. */
	readonly user: User;
	readonly roles: PeopleRoles;
}

/** Cluster-wide rights of an administrator or a power user. Groups are bound to nothing: the registry alone decides. */
export class PersonBindings extends Construct {
	constructor(scope: Construct, id: string, { user, roles }: PersonBindingsProps) {
		super(scope, id);
		const { key, role } = user;
		const subject = [userSubject(this, user)];
		const admin = role === "admin";
		new ClusterRoleBindingV1(this, "cluster", {
			metadata: { name: `oidc-${role}-${key}` },
			roleRef: clusterRoleRef(admin ? "cluster-admin" : roles.names.powerUser),
			subject,
		});
		if (admin) return;
		for (const namespace of siteOf(this).platform.powerUserNamespaces)
			new RoleBindingV1(this, `in-${namespace}`, {
				metadata: { name: `oidc-${role}-${key}`, namespace },
				roleRef: clusterRoleRef(roles.names.powerUserWorkloads),
				subject,
			});
	}
}

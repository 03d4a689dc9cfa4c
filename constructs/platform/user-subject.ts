import type { Construct } from "constructs";
import type { User } from "../../config/registry/registry.ts";
import { siteOf } from "../site.ts";

/**
 * A person as the subject of a binding. The API server puts the prefix before what the identity provider says, so that
 * nobody there can be called `system:admin`; names are case-sensitive, addresses of the registry in lower case.
 */
export function userSubject(scope: Construct, { email }: Pick<User, "email">) {
	const { usernamePrefix } = siteOf(scope).platform.apiServer;
	return { kind: "User", name: `${usernamePrefix}${email}`, apiGroup: "rbac.authorization.k8s.io" };
}

/** The role of a binding. */
export function clusterRoleRef(name: string) {
	return { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name };
}

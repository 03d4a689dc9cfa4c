import type { Construct } from "constructs";
import type { User } from "../../config/registry/registry.ts";
import { siteOf } from "../site.ts";

/**
 * A user as the subject of a binding. The API server prefixes names from the identity provider, so that none of them
 * can be `system:admin`; names are case-sensitive, and addresses of the registry are lower case.
 */
export function userSubject(scope: Construct, { email }: Pick<User, "email">) {
	const { usernamePrefix } = siteOf(scope).platform.apiServer;
	return { kind: "User", name: `${usernamePrefix}${email}`, apiGroup: "rbac.authorization.k8s.io" };
}

/** Role reference of a binding. */
export function clusterRoleRef(name: string) {
	return { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name };
}

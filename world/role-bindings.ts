import type { KubernetesObject } from "./kubernetes-objects.ts";
import { oncePer } from "./once-per.ts";
import { type RbacSubject, rbacBindings } from "./rbac.ts";
import type { World } from "./world.ts";

/** A RoleBinding or ClusterRoleBinding, with its service accounts; users and groups are left out. */
export interface RoleBinding {
	readonly object: KubernetesObject;
	/** Name of the role. */
	readonly role: string;
	readonly accounts: readonly Omit<RbacSubject, "kind">[];
}

/** Every binding of a world, typed or as a manifest. */
export const roleBindings = oncePer((world: World): readonly RoleBinding[] =>
	rbacBindings(world).map(({ object, role, subjects }) => ({
		object,
		role: role.name,
		accounts: subjects.flatMap(({ kind, ...account }) => (kind === "ServiceAccount" ? [account] : [])),
	})),
);

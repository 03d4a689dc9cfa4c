import { block, blocks, plain } from "./blocks.ts";
import { type KubernetesObject, kubernetesObjects } from "./kubernetes-objects.ts";
import { oncePer } from "./once-per.ts";
import type { World } from "./world.ts";

/** A service account in a role binding. */
export interface BoundAccount {
	readonly namespace: string;
	readonly name: string;
	/** Where the binding names it. */
	readonly argument: string;
}

/** A RoleBinding or ClusterRoleBinding, with its service accounts; users and groups are left out. */
export interface RoleBinding {
	readonly object: KubernetesObject;
	/** Name of the role. */
	readonly role: string;
	readonly accounts: readonly BoundAccount[];
}

const kinds = new Set(["role_binding", "cluster_role_binding"]);

/** Every binding of a world, typed or as a manifest. */
export const roleBindings = oncePer((world: World): readonly RoleBinding[] => {
	const objects = kubernetesObjects(world);
	return objects.all
		.filter(({ kind }) => kinds.has(kind))
		.map((object) => {
			const { resource } = object;
			const isManifest = resource.type === "kubernetes_manifest";
			const given = isManifest ? block(resource.arguments.manifest) : resource.arguments;
			const subjects = isManifest
				? blocks(given.subjects, "manifest.subjects")
				: blocks(given.subject, "subject");
			return {
				object,
				role: plain(block(isManifest ? given.roleRef : given.role_ref).name) ?? "",
				accounts: subjects.flatMap(({ block: { kind, namespace, name }, path }) =>
					kind === "ServiceAccount"
						? [
								{
									namespace: objects.resolve(resource.stack, namespace) ?? object.namespace,
									name: objects.resolve(resource.stack, name) ?? "",
									argument: path,
								},
							]
						: [],
				),
			};
		});
});

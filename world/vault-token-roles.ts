import { defined } from "../config/schema/defined.ts";
import { plain } from "./blocks.ts";
import { kubernetesObjects } from "./kubernetes-objects.ts";
import { textList } from "./label-selector.ts";
import { oncePer } from "./once-per.ts";
import type { Resource, World } from "./world.ts";

/** A role of Vault's engine that issues tokens of the Kubernetes API. */
export interface VaultTokenRole {
	readonly resource: Resource;
	/** The block's address where only Terraform knows it. */
	readonly name: string;
	/** Where its tokens may be asked for; `*` for everywhere. */
	readonly namespaces: readonly string[];
	/** Account whose tokens it issues; undefined when it makes one and binds a role. */
	readonly serviceAccount?: string;
	readonly role?: { readonly kind: string; readonly name: string };
}

/** Every such role of a world. */
export const vaultTokenRoles = oncePer((world: World): readonly VaultTokenRole[] => {
	const { resolve } = kubernetesObjects(world);
	return world.stacks
		.flatMap(({ resources }) => resources)
		.filter(({ type }) => type === "vault_kubernetes_secret_backend_role")
		.map((resource) => {
			const { stack, arguments: given } = resource;
			const namespaces = given.allowed_kubernetes_namespaces;
			const role = resolve(stack, given.kubernetes_role_name);
			const serviceAccount = resolve(stack, given.service_account_name);
			return {
				resource,
				name: plain(given.name) ?? resource.address,
				namespaces: Array.isArray(namespaces)
					? namespaces.flatMap((name) => resolve(stack, name) ?? [])
					: textList(namespaces),
				...defined({ serviceAccount }),
				...(role === undefined
					? {}
					: { role: { kind: plain(given.kubernetes_role_type) ?? "Role", name: role } }),
			};
		});
});

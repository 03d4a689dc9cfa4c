import { block, plain } from "./blocks.ts";
import { kubernetesObjects } from "./kubernetes-objects.ts";
import { oncePer } from "./once-per.ts";
import { references } from "./references.ts";
import type { World } from "./world.ts";

/** Names of Vault's entities by the address that logs in as them. */
export const entityNames = oncePer((world: World): ReadonlyMap<string, string> => {
	const { blockOf } = references(world);
	return new Map(
		world.stacks
			.flatMap(({ resources }) => resources)
			.flatMap(({ type, stack, arguments: given }) => {
				if (type !== "vault_identity_entity_alias") return [];
				const name = plain(blockOf(stack, given.canonical_id)?.arguments.name);
				const alias = plain(given.name);
				return alias === undefined || name === undefined ? [] : [[alias, name] as const];
			}),
	);
});

/** Keys of the owners of each namespace of the registry. */
export function namespaceOwners(world: World, namespace: string): readonly string[] {
	const object = kubernetesObjects(world).findNamespace(namespace);
	const owners = plain(block(object?.annotations)["infra/owners"]);
	return owners === undefined ? [] : owners.split(",").filter((key) => key !== "");
}

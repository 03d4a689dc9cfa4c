import { block, plain } from "./blocks.ts";
import { kubernetesObjects } from "./kubernetes-objects.ts";
import { oncePer } from "./once-per.ts";
import type { World } from "./world.ts";

const reference = /^\$\{(\w+\.[\w-]+)\.(?:id|name)\}$/;

/** Names of Vault's entities by the address that logs in as them. */
export const entityNames = oncePer((world: World): ReadonlyMap<string, string> => {
	const names = new Map<string, string>();
	for (const { resources } of world.stacks) {
		const byAddress = new Map(resources.map((resource) => [resource.address, resource]));
		for (const { type, arguments: given } of resources) {
			if (type !== "vault_identity_entity_alias") continue;
			const id = typeof given.canonical_id === "string" ? given.canonical_id : "";
			const entity = byAddress.get(reference.exec(id)?.[1] ?? "");
			const [alias, name] = [plain(given.name), plain(entity?.arguments.name)];
			if (alias !== undefined && name !== undefined) names.set(alias, name);
		}
	}
	return names;
});

/** Keys of the owners of each namespace of the registry. */
export function namespaceOwners(world: World, namespace: string): readonly string[] {
	const object = kubernetesObjects(world).findNamespace(namespace);
	const owners = plain(block(object?.annotations)["infra/owners"]);
	return owners === undefined ? [] : owners.split(",").filter((key) => key !== "");
}

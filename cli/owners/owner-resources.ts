import { constructIdsOf } from "../../config/registry/owner-names.ts";
import type { Owner } from "../../config/registry/registry.ts";
import type { Json, Resource, StackDocument } from "../../world/world.ts";

/** An object that a stack makes because of an owner. */
export interface OwnerResource {
	readonly stack: string;
	readonly type: string;
	readonly name: string;
}

/** Everything that the stacks make for an owner, read from the synthesised documents. */
export function ownerResources(
	documents: readonly StackDocument[],
	{ key, namespaces }: Owner,
): OwnerResource[] {
	const constructs = constructIdsOf({ key, namespaces });
	return documents.flatMap(({ stack, resources }) =>
		resources
			.filter(({ path }) => path.split("/").some((part) => constructs.has(part)))
			.map((resource) => ({ stack, type: resource.type, name: nameOf(resource) })),
	);
}

function nameOf({ arguments: given, address }: Resource): string {
	const metadata = given.metadata as { readonly name?: Json } | undefined;
	const name = metadata?.name ?? given.name ?? given.role_name;
	return typeof name === "string" ? name : address;
}

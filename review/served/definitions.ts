import { type Block, block, blocks, plain } from "../../world/blocks.ts";
import { oncePer } from "../../world/once-per.ts";
import type { Json, Resource, World } from "../../world/world.ts";

/** A custom resource definition: a kind, and the versions in which it is served. */
export interface Definition {
	readonly group: string;
	readonly kind: string;
	readonly served: readonly string[];
}

/** Every definition that a stack writes, with the resource that does. */
export const definitionsOf = oncePer((world: World): readonly (Definition & { readonly by: Resource })[] =>
	world.stacks.flatMap(({ resources }) =>
		resources.flatMap((resource) => {
			const definition =
				resource.mode === "resource" && resource.type === "kubernetes_manifest"
					? definitionIn(resource.arguments.manifest)
					: undefined;
			return definition === undefined ? [] : [{ ...definition, by: resource }];
		}),
	),
);

/** What an object defines; undefined when it is no definition. */
export function definitionIn(manifest: Json | undefined): Definition | undefined {
	const { kind, spec } = block(manifest);
	if (kind !== "CustomResourceDefinition") return undefined;
	const { group, names, versions }: Block = block(spec);
	const served = blocks(versions, "").filter((one) => one.block.served === true);
	return {
		group: plain(group) ?? "",
		kind: plain(block(names).kind) ?? "",
		served: served.flatMap((one) => plain(one.block.name) ?? []),
	};
}

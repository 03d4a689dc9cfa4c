import { addressOfInstance } from "../../engine/state/rewrite/object-address.ts";
import type { StateDocument } from "../../engine/state/rewrite/state-document.ts";
import type { Block } from "../../world/blocks.ts";
import { plain } from "../../world/blocks.ts";
import { accessorsIn, argumentsInState, liveIdentity } from "../../world/live-identity.ts";
import { references } from "../../world/references.ts";
import type { Resource, World } from "../../world/world.ts";

/** An object of a state that is to be adopted. */
export interface OldObject {
	/** Name of the state, as the user gave it. */
	readonly state: string;
	readonly address: string;
	readonly type: string;
	/** Undefined where it is not known what tells it from others. */
	readonly is: string | undefined;
	readonly attributes: Block;
}

/** An object that a stack declares. */
export interface NewObject {
	readonly stack: string;
	readonly address: string;
	/** Path of the construct. */
	readonly path: string;
	readonly type: string;
	readonly is: string | undefined;
	readonly resource: Resource;
}

/** Objects of a state, those that wait to be destroyed left out. */
export function oldObjects(name: string, { resources }: StateDocument): OldObject[] {
	const managed = resources.filter(({ mode }) => mode === "managed");
	const all = managed.flatMap((resource) =>
		resource.instances
			.filter(({ deposed }) => deposed === undefined)
			.map((instance) => ({
				address: addressOfInstance(resource, instance),
				type: resource.type,
				attributes: (instance.attributes ?? {}) as Block,
			})),
	);
	const mountOf = accessorsIn(all.map(({ attributes }) => attributes));
	return all.map(({ address, type, attributes }) => ({
		state: name,
		address,
		type,
		attributes,
		is: liveIdentity(type, argumentsInState(type, attributes), { mountOf }),
	}));
}

/** Objects that the stacks of a world declare. */
export function newObjects(world: World): NewObject[] {
	const { blockOf, literalOf } = references(world);
	return world.stacks.flatMap(({ stack, resources }) =>
		resources
			.filter(({ mode }) => mode === "resource")
			.map((resource) => {
				const { address, path, type, arguments: given } = resource;
				const is = liveIdentity(type, given, {
					textOf: (value) => literalOf(stack, value),
					mountOf: (accessor) => {
						const mount = blockOf(stack, accessor)?.arguments;
						return literalOf(stack, mount?.path) ?? plain(mount?.type);
					},
				});
				return { stack, address, path, type, is, resource };
			}),
	);
}

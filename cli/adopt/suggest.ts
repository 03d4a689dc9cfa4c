import { VisibleError } from "../../config/schema/visible-error.ts";
import { isSameImplementation } from "../../engine/state/rewrite/same-implementation.ts";
import { argumentReader, importIdOf } from "../../world/import-ids.ts";
import { references } from "../../world/references.ts";
import { statefulTypes } from "../../world/stateful-types.ts";
import type { World } from "../../world/world.ts";
import type { MapEntry } from "./map-file.ts";
import type { NewObject, OldObject } from "./objects.ts";

/** What would be done with an object, and by which stack; no stack takes what is left. */
export interface Suggestion {
	readonly stack: string | undefined;
	readonly entry: MapEntry;
}

/**
 * Matches the objects of older states with those that stacks declare, by what they are in the world.
 *
 * @param existing identities of objects that were found in the world, and that no older state has
 * @throws VisibleError when two stacks claim one object, or two states hold it
 */
export function suggest(
	old: readonly OldObject[],
	declared: readonly NewObject[],
	{ world, existing }: { readonly world: World; readonly existing: ReadonlySet<string> },
): Suggestion[] {
	requireOneOwner(old, declared);
	const byIdentity = new Map(
		declared.flatMap((one) => (one.is === undefined ? [] : [[one.is, one] as const])),
	);
	const known = new Set(old.map(({ is }) => is));
	const found = declared.filter(({ is }) => is !== undefined && existing.has(is) && !known.has(is));
	return [
		...old.map((object) => {
			const target = object.is === undefined ? undefined : byIdentity.get(object.is);
			return target === undefined ? unmatched(object) : matched(object, target, world);
		}),
		...found.map((target) => ({
			stack: target.stack,
			entry: {
				...(target.is !== undefined && { is: target.is }),
				to: target.address,
				how: "import" as const,
				...importable(target, world).id,
				reason: "it is in the world, and no state has it",
			},
		})),
	];
}

function unmatched({ state, address, type, is }: OldObject): Suggestion {
	const holds = Object.hasOwn(statefulTypes, type) ? statefulTypes[type] : undefined;
	const why = is === undefined ? "it is not known what tells it from others" : "no stack declares it";
	return {
		stack: undefined,
		entry: {
			...(is !== undefined && { is }),
			state,
			from: address,
			how: holds === undefined ? "leave" : "ask",
			reason: holds === undefined ? why : `${why}, and it holds data: ${holds}`,
		},
	};
}

function matched({ state, address, type, is }: OldObject, target: NewObject, world: World): Suggestion {
	const at = { ...(is !== undefined && { is }), state, from: address };
	if (isSameImplementation(type, target.type)) {
		const how = type === target.type ? ("move" as const) : ("retype" as const);
		const reason =
			how === "move" ? target.path : `${target.path}; ${type} and ${target.type} are one implementation`;
		return { stack: target.stack, entry: { ...at, to: target.address, how, reason } };
	}
	const { id, none } = importable(target, world);
	if (none !== undefined)
		return {
			stack: undefined,
			entry: { ...at, how: "leave", reason: `${target.path} is made anew: ${none}` },
		};
	return {
		stack: target.stack,
		entry: {
			...at,
			to: target.address,
			how: "import",
			...id,
			reason: `${target.path}; what a state has of a ${type} is not right for a ${target.type}`,
		},
	};
}

/** The id of an object for its importer, where the arguments tell it, or why there is none. */
function importable(
	{ type, stack, resource }: NewObject,
	world: World,
): { id?: { id: string }; none?: string } {
	const { literalOf } = references(world);
	try {
		const found = importIdOf(
			type,
			argumentReader(resource.arguments, (value) => literalOf(stack, value)),
		);
		if ("none" in found) return { none: found.none };
		return "id" in found ? { id: { id: found.id } } : {};
	} catch (error) {
		if (error instanceof VisibleError) return { none: error.message };
		throw error;
	}
}

function requireOneOwner(old: readonly OldObject[], declared: readonly NewObject[]): void {
	const twice = <T extends { readonly is: string | undefined }>(objects: readonly T[]) =>
		[
			...Map.groupBy(
				objects.filter(({ is }) => is !== undefined),
				({ is }) => is,
			),
		].filter(([, group]) => group.length > 1);
	const problems = [
		...twice(declared).map(
			([is, group]) =>
				`${is} is claimed by ${group.map(({ path, address }) => `${path} (${address})`).join(" and by ")}: one object has one owner`,
		),
		...twice(old).map(
			([is, group]) =>
				`${is} is held by ${group.map(({ state, address }) => `${address} of ${state}`).join(" and by ")}: remove it from all but one (terraform state rm)`,
		),
	];
	if (problems.length > 0) throw new VisibleError(problems.join("\n"));
}

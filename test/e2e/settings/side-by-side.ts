import { isDeepStrictEqual } from "node:util";
import type { Json, StackDocument } from "../../../world/world.ts";

/** Arguments of a resource, as Terraform reads them. */
type Block = { [key: string]: Json | undefined };

/** A resource of a world. */
export interface Part {
	readonly stack: string;
	readonly type: string;
	/** Its name in the stack. */
	readonly id: string;
	readonly arguments: Block;
}

/** A resource under a name of its own, so that many worlds fit into one plan. */
export interface Placed extends Part {
	/** Name in the common plan. */
	readonly name: string;
}

/** Where `type.id` of a stack is found in the common plan; undefined when no world has it. */
type Place = (stack: string, type: string, id: string) => string | undefined;

/** Parts of a world by stack and address. Providers that cannot be had are left out. */
export function partsOf(documents: readonly StackDocument[]): ReadonlyMap<string, Part> {
	const parts = new Map<string, Part>();
	for (const { stack, json } of documents)
		for (const [type, blocks] of Object.entries(
			(json.resource ?? {}) as Record<string, Record<string, Block>>,
		))
			for (const [id, { "//": _, ...given }] of Object.entries(blocks))
				parts.set(keyOf({ stack, type, id }), { stack, type, id, arguments: given });
	return parts;
}

export function keyOf({ stack, type, id }: Pick<Part, "stack" | "type" | "id">): string {
	return `${stack}/${type}.${id}`;
}

/** Keys of what two worlds do not have in common, and of what is replaced with it. */
export function differences(
	before: ReadonlyMap<string, Part>,
	after: ReadonlyMap<string, Part>,
): ReadonlySet<string> {
	const different = new Set<string>();
	for (const key of new Set([...before.keys(), ...after.keys()]))
		if (!isDeepStrictEqual(before.get(key)?.arguments, after.get(key)?.arguments)) different.add(key);
	for (const [key, { stack, arguments: given }] of after) {
		const { replace_triggered_by: triggers = [] } = (given.lifecycle ?? {}) as {
			replace_triggered_by?: string[];
		};
		if (triggers.some((address) => different.has(`${stack}/${address}`))) different.add(key);
	}
	return different;
}

/** Everything of a world that refers to one of these, directly or through others. */
export function withDependents(
	world: ReadonlyMap<string, Part>,
	keys: ReadonlySet<string>,
): ReadonlySet<string> {
	const all = new Set(keys);
	const references = new Map([...world].map(([key, part]) => [key, new Set(referencesOf(part))]));
	for (let size = 0; size < all.size; ) {
		size = all.size;
		for (const [key, found] of references) if ([...found].some((one) => all.has(one))) all.add(key);
	}
	return all;
}

const address = /\b([a-z][a-z0-9]*_[a-z0-9_]+)\.([A-Za-z0-9_-]+)/g;

function referencesOf({ stack, arguments: given }: Part): string[] {
	return [...JSON.stringify(given).matchAll(address)].map(([, type, id]) => `${stack}/${type}.${id}`);
}

/**
 * The block of a part in the common plan. What would only stop the plan is left out: protection from destruction, which
 * is a fact of its own, and values that are read from Vault, which no plan holds.
 */
export function placedBlock({ stack, arguments: given }: Part, place: Place): Block {
	const moved = mapTexts(given, (text) => {
		if (text.includes("${") && text.includes("ephemeral.")) return "write-only";
		// Of the first apply, and kept.
		if (text.includes("${terraform_data.")) return "2000-01-01T00:00:00Z";
		return text.replaceAll(address, (whole, type: string, id: string) => {
			const name = place(stack, type, id);
			return name === undefined ? whole : `${type}.${name}`;
		});
	}) as Block;
	const { prevent_destroy: _, postcondition: __, ...lifecycle } = (moved.lifecycle ?? {}) as Block;
	const { depends_on: ___, provisioner: ____, ...rest } = moved;
	return { ...rest, lifecycle };
}

export function isProtected({ arguments: given }: Part): boolean {
	return (given.lifecycle as Block | undefined)?.prevent_destroy === true;
}

function mapTexts(value: Json | undefined, change: (text: string) => string): Json | undefined {
	if (typeof value === "string") return change(value);
	if (Array.isArray(value)) return value.map((one) => mapTexts(one, change) ?? null);
	if (value === null || typeof value !== "object") return value;
	return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, mapTexts(one, change)]));
}

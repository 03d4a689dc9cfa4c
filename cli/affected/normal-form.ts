import type { Json } from "../../world/world.ts";
import type { RenderedStack } from "./renderings.ts";

/** One part of a stack that Terraform acts on. */
export interface Part {
	/** Path of the construct behind a block. */
	readonly path: string | undefined;
	readonly value: Json;
}

type Tree = { readonly [key: string]: Json | undefined };

const blockModes = ["resource", "data", "ephemeral"];
/** Lists of blocks whose order means nothing. */
const unordered = ["import", "moved", "removed", "check"];

/**
 * The parts of a stack by address, in a form that is the same for stacks that Terraform treats alike: without the
 * engine's metadata, and without the order of what has none. The version of the engine, the locked providers and the
 * files that it names are parts of it.
 */
export function normalParts({ document, lock, files }: RenderedStack): ReadonlyMap<string, Part> {
	const parts = new Map<string, Part>();
	const add = (address: string, value: Json, path?: string) =>
		parts.set(address, { path, value: sorted(value) });
	for (const [section, content] of Object.entries(document)) {
		if (section === "//") add("engine", engineOf(content));
		else if (blockModes.includes(section)) addBlocks(section, content as Tree, add);
		else if (unordered.includes(section)) add(section, sortedList(content));
		else
			for (const [name, value] of Object.entries(asTree(content))) add(`${section}.${name}`, value ?? null);
	}
	if (lock !== "") add("provider lock", withoutComments(lock));
	for (const [file, digest] of Object.entries(files)) add(`file ${file}`, digest);
	return parts;
}

function addBlocks(mode: string, types: Tree, add: (address: string, value: Json, path?: string) => void) {
	const prefix = mode === "resource" ? "" : `${mode}.`;
	for (const [type, blocks] of Object.entries(types))
		for (const [name, block] of Object.entries(asTree(blocks))) {
			const { "//": metadata, ...given } = asTree(block);
			const { path } = asTree(asTree(metadata).metadata);
			const order = given.depends_on === undefined ? {} : { depends_on: sortedList(given.depends_on) };
			add(
				`${prefix}${type}.${name}`,
				{ ...given, ...order } as Json,
				path === undefined ? undefined : `${path}`,
			);
		}
}

function engineOf(metadata: Json | undefined): Json {
	return asTree(asTree(metadata).metadata).version ?? null;
}

function asTree(value: Json | undefined): Tree {
	return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

function sortedList(value: Json | undefined): Json {
	if (!Array.isArray(value)) return value ?? null;
	const texts = value.map((item) => JSON.stringify(sorted(item)));
	return texts.sort().map((text) => JSON.parse(text));
}

/** A value with the keys of its objects in order, and without those that are undefined. */
function sorted(value: Json): Json {
	if (Array.isArray(value)) return value.map(sorted);
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(
		Object.entries(value)
			.filter((entry): entry is [string, Json] => entry[1] !== undefined)
			.toSorted(([left], [right]) => (left < right ? -1 : 1))
			.map(([key, item]) => [key, sorted(item)]),
	);
}

function withoutComments(lock: string): string {
	return lock
		.split("\n")
		.filter((line) => !line.startsWith("#"))
		.join("\n")
		.trim();
}

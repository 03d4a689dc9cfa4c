import { structuredPatch } from "diff";
import type { Json } from "../../world/world.ts";

type Tree = { readonly [key: string]: Json | undefined };

const checksum = /^[0-9a-f]{64}$/;

/**
 * What a document has otherwise than another: only values that differ, at their places, so that a change that both
 * share is in neither difference. Long texts are compared by line. Checksums of differing texts differ by themselves,
 * and are only named.
 *
 * @returns undefined when the two are equal
 */
export function siteDifference(from: Json | undefined, to: Json | undefined): Json | undefined {
	if (from === to) return undefined;
	if (to === undefined) return "(absent)";
	if (isTree(from) && isTree(to)) return treeDifference(from, to);
	if (Array.isArray(from) && Array.isArray(to) && from.length === to.length)
		return treeDifference(numbered(from), numbered(to));
	if (typeof from === "string" && typeof to === "string") return textDifference(from, to);
	return to;
}

function treeDifference(from: Tree, to: Tree): Json | undefined {
	const differing = [...new Set([...Object.keys(from), ...Object.keys(to)])].flatMap((key) => {
		const difference = siteDifference(ownValue(from, key), ownValue(to, key));
		return difference === undefined ? [] : [[key, difference] as const];
	});
	return differing.length === 0 ? undefined : Object.fromEntries(differing);
}

/** Lines with one around them, without the numbers that move with every change above. */
function textDifference(from: string, to: string): Json {
	if (checksum.test(from) && checksum.test(to)) return "(another checksum)";
	if (!from.includes("\n") || !to.includes("\n")) return to;
	return structuredPatch("", "", from, to, "", "", { context: 1 }).hunks.flatMap(({ lines }) => lines);
}

/** A key may be called like something that every object has. */
const ownValue = (tree: Tree, key: string) => (Object.hasOwn(tree, key) ? tree[key] : undefined);

const numbered = (list: readonly Json[]): Tree =>
	Object.fromEntries(list.map((entry, index) => [`[${index}]`, entry]));

function isTree(value: Json | undefined): value is Tree {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

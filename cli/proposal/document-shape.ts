import type { Json } from "../../world/world.ts";
import { blockOf, isBlock } from "./base-facts.ts";

/** Levels of lists and objects in a document, of which a pod takes some twenty. */
const deepest = 60;

/**
 * What is wrong with the shape of a document. Blocks are objects by type and by name: a list of them says the same to
 * Terraform, and something else to whoever reads them here.
 */
export function shapeProblems(json: Json): string[] {
	if (!isBlock(json)) return ["expected an object"];
	if (isDeeper(json, deepest)) return [`deeper than ${deepest} levels`];
	return (["resource", "data", "ephemeral"] as const).flatMap((mode) => blockProblems(mode, json[mode]));
}

function blockProblems(mode: string, types: Json | undefined): string[] {
	if (types === undefined) return [];
	if (!isBlock(types)) return [`${mode}: expected an object by type`];
	return Object.entries(types).flatMap(([type, blocks]) => {
		if (!isBlock(blocks)) return [`${mode}.${type}: expected an object by name`];
		return Object.entries(blocks).flatMap(([name, block]) => {
			const place = `${mode}.${type}.${name}`;
			if (!isName(type) || !isName(name)) return [`${place}: expected names of letters, digits, _ and -`];
			if (!isBlock(block)) return [`${place}: expected an object`];
			const { path = "" } = blockOf(blockOf(block["//"]).metadata);
			return typeof path === "string" && path.length <= 500 ? [] : [`${place}.//: expected a path`];
		});
	});
}

function isName(text: string): boolean {
	return /^[A-Za-z_][\w-]*$/.test(text);
}

function isDeeper(value: Json | undefined, levels: number): boolean {
	if (typeof value !== "object" || value === null) return false;
	return levels === 0 || Object.values(value).some((part) => isDeeper(part, levels - 1));
}

import leven from "leven";
import type { Argument, Body, Branch } from "../../providers/schema/argument.ts";
import type { Json } from "../../world/world.ts";
import { checkValue, describe, hasExpression, isObject, type Report } from "./check-value.ts";
import { checkExclusions } from "./exclusions.ts";
import { checkWriteOnly } from "./write-only.ts";

/** Collects the findings of one resource. */
export interface Reports {
	readonly error: Report;
	readonly warning: Report;
}

type Values = { readonly [name: string]: Json | undefined };

/** Checks one block, or one attribute with arguments of its own, and everything inside it. */
export function checkBody(
	values: Values,
	branch: Pick<Branch, "body" | "block"> & { readonly name: string },
	path: string,
	reports: Reports,
	meta?: Body,
): void {
	const { body } = branch;
	const at = path === "" ? "" : `${path}.`;
	const dynamic = branch.block ? dynamicBlocks(values) : noDynamic;
	for (const [name, value] of Object.entries(values)) {
		// Comments and `dynamic` blocks exist in blocks only.
		if (branch.block && (name === "//" || name === "dynamic")) continue;
		const argument = body.arguments.get(name) ?? meta?.arguments.get(name);
		if (argument === undefined) reports.error(`${at}${name}`, ...unknown(name, branch, meta));
		else if (value !== null && value !== undefined)
			checkArgument(name, value, argument, `${at}${name}`, reports);
	}
	for (const [name, contents] of Object.entries(dynamic)) {
		const argument = body.arguments.get(name);
		if (argument === undefined || !("body" in argument))
			reports.error(`${at}dynamic.${name}`, ...unknown(name, branch, meta));
		else
			for (const content of contents)
				if (isObject(content))
					checkBody(content, { ...argument, body: argument.body, name }, `${at}${name}`, reports);
				else reports.error(`${at}dynamic.${name}`, "missing: the content of the block", "Add content.");
	}
	for (const name of body.required)
		if ((values[name] === undefined || values[name] === null) && !(name in dynamic))
			reports.error(`${at}${name}`, "missing: the provider requires it", `Add ${name}.`);
	checkWriteOnly(values, body, at, reports);
	checkExclusions(values, dynamic, branch, at, reports);
}

function checkArgument(name: string, value: Json, argument: Argument, path: string, reports: Reports): void {
	if (argument.deprecated)
		reports.warning(
			path,
			"deprecated by the provider",
			"See the provider's documentation for what replaces it.",
		);
	if (!argument.settable) reports.error(path, "only the provider may set it", `Remove ${name}.`);
	else if (!("body" in argument)) checkValue(value, argument.type, path, reports.error);
	else if (argument.block || !hasExpression(value)) checkBranch(name, value, argument, path, reports);
}

function checkBranch(name: string, value: Json, branch: Branch, path: string, reports: Reports): void {
	const { nesting, block, least, most } = branch;
	const inside = { body: branch.body, block, name };
	const many = nesting === "list" || nesting === "set";
	const expected = shapeOf(branch);
	if (!expected.fits(value))
		reports.error(path, `expected ${expected.name}, found ${describe(value)}`, `Write ${expected.name}.`);
	else if (nesting === "map" && isObject(value))
		for (const [key, entry] of Object.entries(value))
			checkEntry(entry, inside, `${path}[${JSON.stringify(key)}]`, reports);
	else {
		const entries = [value].flat();
		const limit = many ? most : 1;
		if (entries.length > limit)
			reports.error(path, `at most ${limit} allowed, found ${entries.length}`, `Keep ${limit} of them.`);
		if (entries.length < least)
			reports.error(path, `at least ${least} needed, found ${entries.length}`, `Add ${name}.`);
		for (const [index, entry] of entries.entries())
			checkEntry(entry, inside, Array.isArray(value) ? `${path}[${index}]` : path, reports);
	}
}

/** How a value with arguments of its own is written: a block as an object or a list, an attribute by its type. */
function shapeOf({ nesting, block }: Branch): {
	readonly name: string;
	readonly fits: (value: Json) => boolean;
} {
	if (nesting === "map") return { name: "an object of named entries", fits: isObject };
	if (block)
		return {
			name: "a block (an object, or a list of objects)",
			fits: (value) => Array.isArray(value) || isObject(value),
		};
	if (nesting === "list" || nesting === "set") return { name: "a list of objects", fits: Array.isArray };
	return { name: "an object", fits: isObject };
}

function checkEntry(
	entry: Json | undefined,
	inside: { readonly body: Body; readonly block: boolean; readonly name: string },
	path: string,
	reports: Reports,
): void {
	if (isObject(entry)) checkBody(entry, inside, path, reports);
	// An empty block may be written as null, an attribute's entry may be the result of an expression.
	else if (inside.block ? entry !== null : !(entry === null || hasExpression(entry ?? null)))
		reports.error(path, `expected an object, found ${describe(entry)}`, "Write an object.");
}

const noDynamic: Readonly<Record<string, readonly (Json | undefined)[]>> = {};

/** Contents of `dynamic` blocks by the block that they generate; the number of blocks is not known. */
function dynamicBlocks(values: Values): Readonly<Record<string, readonly (Json | undefined)[]>> {
	if (values.dynamic === undefined) return noDynamic;
	const contents: Record<string, (Json | undefined)[]> = {};
	for (const group of [values.dynamic].flat())
		for (const [name, entries] of Object.entries(isObject(group) ? group : {}))
			contents[name] = [entries].flat().map((entry) => (isObject(entry) ? entry.content : entry));
	return contents;
}

/** Message and remedy for an unknown argument: the nearest names, or all names when none is near. */
function unknown(name: string, { body, block }: Pick<Branch, "body" | "block">, meta: Body | undefined) {
	const known = [...body.arguments, ...(meta?.arguments ?? [])]
		.filter(([, { settable }]) => settable)
		.map(([candidate]) => candidate);
	const limit = Math.max(2, Math.round(name.length / 3));
	const near = known
		.map((candidate) => ({ candidate, distance: leven(name, candidate, { maxDistance: limit + 1 }) }))
		.filter(({ distance }) => distance <= limit)
		.toSorted((left, right) => left.distance - right.distance)
		.map(({ candidate }) => candidate)
		.slice(0, 3);
	return [
		// In such an attribute Terraform drops unknown arguments silently.
		block ? "unknown argument" : "unknown argument, which would be dropped silently",
		near.length > 0 ? `Did you mean ${near.join(" or ")}?` : `Known here: ${known.toSorted().join(", ")}.`,
	] as const;
}

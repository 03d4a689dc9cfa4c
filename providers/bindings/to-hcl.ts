import { hashMapperHcl, listMapperHcl, Tokenization } from "cdktf";
import type { Argument, Body } from "../schema/argument.ts";
import type { TypeConstraint } from "../schema/type-constraint.ts";
import { isBranch, isSingle, slotsOf } from "./slots.ts";

type Values = Readonly<Record<string, unknown>>;

/** A value as the engine's HCL writer expects it. */
interface HclValue {
	readonly value: unknown;
	readonly isBlock: boolean;
	readonly type: string;
	readonly storageClassType: string;
}

/**
 * The same arguments as an input of the engine's HCL writer (`cdktf synth --hcl`).
 *
 * @param values under Terraform's names, as `blockToTerraform` returns them
 */
export function blockToHcl(values: Values, body: Body): Record<string, HclValue> {
	const result: Record<string, HclValue> = {};
	for (const { name, argument } of slotsOf(body, "nested").values())
		if (values[name] !== undefined) result[name] = argumentToHcl(values[name], argument);
	return result;
}

function argumentToHcl(value: unknown, argument: Argument): HclValue {
	if (!isBranch(argument)) {
		const { type } = argument;
		return holdsObject(type) ? expression(value) : attribute(value, kindOf(type), storageOf(type));
	}
	const { block, body, nesting } = argument;
	if (!block) return expression(value);
	const one = (element: unknown) =>
		typeof element === "object" && element !== null && !Tokenization.isResolvable(element)
			? blockToHcl(element as Values, body)
			: element;
	const inside = isSingle(argument)
		? one(value)
		: nesting === "map"
			? hashMapperHcl(one)(value)
			: listMapperHcl(one, block)(value);
	const type = nesting === "single" || nesting === "group" ? "struct" : nesting;
	return { value: inside, isBlock: true, type, storageClassType: "object" };
}

function attribute(value: unknown, type: string, storageClassType: string): HclValue {
	return { value, isBlock: false, type, storageClassType };
}

/** Object values: the writer has no type for them, and writes an expression. */
function expression(value: unknown): HclValue {
	return attribute(withoutNull(value), "any", "any");
}

/** Replaces nulls inside objects, on which the writer fails, by templates that evaluate to null. */
function withoutNull(value: unknown): unknown {
	if (value === null) return "${null}";
	if (Array.isArray(value)) return value.map(withoutNull);
	if (typeof value !== "object" || Tokenization.isResolvable(value)) return value;
	return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, withoutNull(entry)]));
}

function holdsObject(type: TypeConstraint): boolean {
	if (type.kind === "object" || type.kind === "any") return true;
	return "element" in type && holdsObject(type.element);
}

function kindOf({ kind }: TypeConstraint): string {
	return kind === "list" || kind === "set" || kind === "map" ? kind : "simple";
}

function storageOf(type: TypeConstraint): string {
	switch (type.kind) {
		case "bool":
			return "boolean";
		case "list":
		case "set":
			return `${storageOf(type.element)}List`;
		case "map":
			return `${storageOf(type.element)}Map`;
		default:
			return type.kind;
	}
}

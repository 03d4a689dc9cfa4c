import type { Argument } from "../schema/argument.ts";
import type { TypeConstraint } from "../schema/type-constraint.ts";
import { propertyOf } from "./properties.ts";
import { isBranch, isSettable, isSingle } from "./slots.ts";

/** How a type is named where it is a block's. */
export interface Naming {
	readonly place: "top" | "nested";
	/** Name of the block's interface. */
	readonly block: () => string;
}

/** Type of what an argument takes. */
export function inputType(argument: Argument, { block }: Naming): string {
	if (!isBranch(argument)) return inputValue(argument.type, argument.writeOnly);
	const type = block();
	if (isSingle(argument)) return `${type} | cdktf.IResolvable`;
	return argument.nesting === "map"
		? `{ readonly [key: string]: ${type} } | cdktf.IResolvable`
		: `readonly ${type}[] | cdktf.IResolvable`;
}

/** @param writeOnly whether texts must be ephemeral */
function inputValue(type: TypeConstraint, writeOnly: boolean): string {
	switch (type.kind) {
		case "string":
			return writeOnly ? "bindings.EphemeralString" : "string";
		case "number":
			return "number";
		case "bool":
			return "boolean | cdktf.IResolvable";
		case "any":
			return writeOnly ? "bindings.EphemeralString" : "unknown";
		case "list":
		case "set": {
			const element = inputValue(type.element, writeOnly);
			return /^\w+$/.test(element) ? `readonly ${element}[]` : `readonly (${element})[] | cdktf.IResolvable`;
		}
		case "map":
			return `{ readonly [key: string]: ${inputValue(type.element, writeOnly)} }`;
		case "object": {
			const attributes = Object.entries(type.attributes).map(
				([name, attribute]) => `readonly ${propertyOf(name, "nested")}?: ${inputValue(attribute, writeOnly)}`,
			);
			return `{ ${attributes.join("; ")} }`;
		}
	}
}

/** Type of a reference to an argument. @param ephemeral whether texts exist during a run only */
export function outputType(argument: Argument, { block }: Naming, ephemeral: boolean): string {
	if (!isBranch(argument)) return outputValue(argument.type, isSettable(argument), ephemeral);
	if (isSingle(argument)) return block();
	return `bindings.Block${argument.nesting === "map" ? "Map" : "List"}<${block()}>`;
}

function outputValue(type: TypeConstraint, settable: boolean, ephemeral: boolean): string {
	const text = ephemeral ? "bindings.EphemeralString" : "string";
	switch (type.kind) {
		case "string":
			return text;
		case "number":
			return "number";
		case "list":
		case "set":
			if (type.element.kind === "number") return "number[]";
			return type.element.kind === "string" ? `${text}[]` : "cdktf.IResolvable";
		case "map":
			return mapReference(type.element, settable, ephemeral);
		default:
			return "cdktf.IResolvable";
	}
}

function mapReference({ kind }: TypeConstraint, settable: boolean, ephemeral: boolean): string {
	switch (kind) {
		case "string":
			if (settable) return "{ [key: string]: string }";
			return ephemeral ? "bindings.EphemeralMap" : "cdktf.StringMap";
		case "number":
			return settable ? "{ [key: string]: number }" : "cdktf.NumberMap";
		case "bool":
			return settable ? "{ [key: string]: boolean }" : "cdktf.BooleanMap";
		case "any":
			return settable ? "{ [key: string]: unknown }" : "cdktf.AnyMap";
		default:
			return "cdktf.IResolvable";
	}
}

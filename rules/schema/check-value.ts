import type { TypeConstraint } from "../../providers/schema/type-constraint.ts";
import type { Json } from "../../world/world.ts";

/** Reports a value that the provider would refuse. */
export type Report = (argument: string, message: string, remedy: string) => void;

/**
 * Checks that a value converts to a type by Terraform's rules: text and numbers convert into each other if the text is
 * a number, `"true"` and `"1"` are bools, a list never is a map. Values with expressions pass, since they are not known
 * yet.
 */
export function checkValue(
	value: Json | undefined,
	type: TypeConstraint,
	path: string,
	report: Report,
): void {
	if (value === null || value === undefined || hasExpression(value)) return;
	if (!fits(value, type)) {
		const expected = nameOf(type);
		report(path, `expected ${expected}, found ${describe(value)}`, `Write ${expected}.`);
	} else if (Array.isArray(value) && "element" in type) {
		for (const [index, element] of value.entries())
			checkValue(element, type.element, `${path}[${index}]`, report);
	} else if (isObject(value) && "element" in type) {
		for (const [key, element] of Object.entries(value))
			checkValue(element, type.element, `${path}[${JSON.stringify(key)}]`, report);
	} else if (isObject(value) && type.kind === "object") {
		for (const [name, attribute] of Object.entries(type.attributes))
			if (name in value) checkValue(value[name], attribute, `${path}.${name}`, report);
			else report(`${path}.${name}`, "missing: this object must have it", `Add ${name}.`);
	}
}

/** Whether the value, regardless of its elements, converts to the type. */
function fits(value: Json, { kind }: TypeConstraint): boolean {
	switch (kind) {
		case "any":
			return true;
		case "string":
			return typeof value !== "object";
		case "number":
			return typeof value === "number" || (typeof value === "string" && decimal.test(value));
		case "bool":
			return typeof value === "boolean" || ["true", "false", "1", "0"].includes(value as string);
		case "list":
		case "set":
			return Array.isArray(value);
		case "map":
		case "object":
			return isObject(value);
	}
}

const decimal = /^[+-]?\d+(\.\d*)?(e[+-]?\d+)?$/i;

function nameOf(type: TypeConstraint): string {
	switch (type.kind) {
		case "list":
		case "set":
			return `a list (of ${type.element.kind})`;
		case "map":
			return `a map (of ${type.element.kind})`;
		case "bool":
			return "true or false";
		case "object":
			return "an object";
		default:
			return `a ${type.kind}`;
	}
}

/** Terraform evaluates every text of a JSON document as a template. */
export function hasExpression(value: Json): boolean {
	return typeof value === "string" && (value.includes("${") || value.includes("%{"));
}

export function isObject(value: Json | undefined): value is { [key: string]: Json | undefined } {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value for a message: short ones as they are, long ones by their type. */
export function describe(value: Json | undefined): string {
	if (Array.isArray(value)) return "a list";
	if (isObject(value)) return "an object";
	const text = JSON.stringify(value);
	return text.length > 60 ? `${text.slice(0, 57)}…"` : text;
}

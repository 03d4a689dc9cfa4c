import { hashMapper, isComplexElement, listMapper, Tokenization } from "cdktf";
import type { Argument, Body } from "../schema/argument.ts";
import type { TypeConstraint } from "../schema/type-constraint.ts";
import { propertyOf } from "./properties.ts";
import { isBranch, isSettable, isSingle, type Slots, slotsOf } from "./slots.ts";

type Values = Readonly<Record<string, unknown>>;

/** Context of rendering a block. */
export interface Rendering {
	/** Path for messages: the construct, with arguments below it. */
	readonly at: string;
	/** Called for every write-only value; its result is written. */
	readonly writeOnly: (value: unknown) => unknown;
}

const nothing: ReadonlySet<string> = new Set();

/**
 * The arguments of a block under Terraform's names. Tokens pass as they are, wherever they stand.
 *
 * @param beside names at the top of a type that are the engine's to write
 * @throws where a value has no argument to go to, or one that only the provider sets
 */
export function blockToTerraform(
	values: Values,
	body: Body,
	rendering: Rendering,
	beside?: ReadonlySet<string>,
): Record<string, unknown> {
	const slots = slotsOf(body, beside === undefined ? "nested" : "top");
	refuseStrays(values, slots, rendering, beside ?? nothing);
	const result: Record<string, unknown> = {};
	for (const { name, property, argument } of slots.values()) {
		const value = values[property];
		if (value !== undefined && Object.hasOwn(values, property))
			result[name] = argumentToTerraform(value, argument, rendering, property);
	}
	return result;
}

function refuseStrays(values: Values, slots: Slots, { at }: Rendering, beside: ReadonlySet<string>): void {
	for (const property of Object.keys(values)) {
		const slot = slots.get(property);
		if ((slot !== undefined && isSettable(slot.argument)) || values[property] === undefined) continue;
		if (slot === undefined && beside.has(property)) continue;
		throw new TypeError(
			slot === undefined
				? `${at}: there is no argument ${property}`
				: `${at}: ${property} is set by the provider and cannot be given`,
		);
	}
}

function argumentToTerraform(
	value: unknown,
	argument: Argument,
	{ at, writeOnly }: Rendering,
	property: string,
): unknown {
	if (argument.writeOnly) return writeOnly(value);
	if (!isBranch(argument)) return valueToTerraform(value, argument.type);
	const inside = { at: `${at}.${property}`, writeOnly };
	const one = (element: unknown) => {
		if (!isPlain(element)) return element;
		if (isComplexElement(element))
			throw new TypeError(`${inside.at}: takes values, not a reference to a block`);
		return blockToTerraform(element, argument.body, inside);
	};
	if (isSingle(argument)) return one(value);
	return argument.nesting === "map" ? hashMapper(one)(value) : listMapper(one, argument.block)(value);
}

/** Gives an object value all of its attributes, without which Terraform refuses it. */
function valueToTerraform(value: unknown, type: TypeConstraint): unknown {
	switch (type.kind) {
		case "list":
		case "set":
			return listMapper((element: unknown) => valueToTerraform(element, type.element), false)(value);
		case "map":
			return hashMapper((element: unknown) => valueToTerraform(element, type.element))(value);
		case "object": {
			if (!isPlain(value)) return value;
			const attributes = Object.entries(type.attributes).map(([name, attribute]) => [
				name,
				valueToTerraform(value[propertyOf(name, "nested")] ?? null, attribute),
			]);
			return Object.fromEntries(attributes);
		}
		default:
			return value;
	}
}

function isPlain(value: unknown): value is Values {
	return typeof value === "object" && value !== null && !Tokenization.isResolvable(value);
}

import type { Argument, Body, Branch } from "../schema/argument.ts";
import { propertyOf } from "./properties.ts";

/** An argument with its name in Terraform and in TypeScript. */
export interface Slot {
	/** Terraform's name, such as `run_as_user`. */
	readonly name: string;
	/** Name in TypeScript, such as `runAsUser`. */
	readonly property: string;
	readonly argument: Argument;
}

/** By property, in the order in which they are written: attributes, then blocks, each by name. */
export type Slots = ReadonlyMap<string, Slot>;

const known = new WeakMap<Body, Slots>();

/** @param place `top` for the body of a whole type */
export function slotsOf(body: Body, place: "top" | "nested"): Slots {
	let slots = known.get(body);
	if (slots === undefined) {
		const all = [...body.arguments].map(([name, argument]): [string, Slot] => {
			const property = propertyOf(name, place);
			return [property, { name, property, argument }];
		});
		const isBlock = ([, { argument }]: (typeof all)[number]) => argument.block;
		slots = new Map([...all.filter((slot) => !isBlock(slot)), ...all.filter(isBlock)]);
		if (slots.size < all.length)
			throw new Error(`two arguments have one name in TypeScript: ${[...body.arguments.keys()].join(", ")}`);
		known.set(body, slots);
	}
	return slots;
}

/** Whether it can be set; others are computed. */
export function isSettable(argument: Argument): boolean {
	return argument.block || argument.settable;
}

/** Whether there is at most one, which is then passed as an object instead of a list. */
export function isSingle({ block, nesting, most }: Branch): boolean {
	return nesting === "single" || nesting === "group" || (block && nesting !== "map" && most === 1);
}

export function isBranch(argument: Argument): argument is Branch {
	return "nesting" in argument;
}

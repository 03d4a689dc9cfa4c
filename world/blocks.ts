import type { Json } from "./world.ts";

/** A nested block, a map, or the arguments of a resource. */
export type Block = { readonly [key: string]: Json | undefined };

const none: Block = {};

/** The only block below an argument, which is written as an object or as an array of one; empty when absent. */
export function block(value: Json | undefined): Block {
	const only = Array.isArray(value) ? value[0] : value;
	return typeof only === "object" && only !== null && !Array.isArray(only) ? only : none;
}

/** All blocks below an argument, each with its path. */
export function blocks(
	value: Json | undefined,
	path: string,
): readonly { readonly block: Block; readonly path: string }[] {
	if (Array.isArray(value))
		return value.map((item, index) => ({ block: block(item), path: `${path}[${index}]` }));
	return typeof value === "object" && value !== null ? [{ block: value, path }] : [];
}

/** `$${` is an escaped literal. */
const interpolation = /(?<!\$)\$\{|(?<!%)%\{/;

/** Whether a value is known only after Terraform has evaluated it. */
export function isExpression(value: Json | undefined): boolean {
	return typeof value === "string" && interpolation.test(value);
}

/** A string or number as text; undefined where it is absent, an expression or of another type. */
export function plain(value: Json | undefined): string | undefined {
	if (typeof value === "number") return String(value);
	return typeof value === "string" && !isExpression(value) ? value : undefined;
}

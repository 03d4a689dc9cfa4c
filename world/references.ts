import { block, plain } from "./blocks.ts";
import { oncePer } from "./once-per.ts";
import type { Json, Resource, World } from "./world.ts";

const reference = /^\$\{([\w-]+\.[\w-]+)\.(?:metadata\[0\]\.)?(\w+)\}$/;

/** What expressions of a stack refer to. */
export interface References {
	/** The block that an expression such as `${vault_policy.ci.name}` names. */
	readonly blockOf: (stack: string, value: Json | undefined) => Resource | undefined;
	/** The literal that a value is, or refers to; undefined when only Terraform knows it. */
	readonly literalOf: (stack: string, value: Json | undefined) => string | undefined;
	/** All literals of a list, and whether any of its values is known to Terraform only. */
	readonly literalsOf: (
		stack: string,
		value: Json | undefined,
	) => { readonly values: readonly string[]; readonly unresolved: boolean };
}

/** References between the blocks of each stack, resolved. */
export const references = oncePer((world: World): References => {
	const byAddress = new Map(
		world.stacks.flatMap(({ resources }) =>
			resources.map((resource) => [`${resource.stack} ${resource.address}`, resource] as const),
		),
	);
	const parts = (value: Json | undefined) => (typeof value === "string" ? reference.exec(value) : null);
	const blockOf: References["blockOf"] = (stack, value) => byAddress.get(`${stack} ${parts(value)?.[1]}`);
	const literalOf: References["literalOf"] = (stack, value) => {
		const literal = plain(value);
		if (literal !== undefined) return literal;
		const [, , argument = ""] = parts(value) ?? [];
		const given = blockOf(stack, value)?.arguments;
		if (given === undefined) return undefined;
		const next = given[argument] ?? block(given.metadata)[argument];
		return next === value ? undefined : literalOf(stack, next);
	};
	return {
		blockOf,
		literalOf,
		literalsOf: (stack, value) => {
			const items = Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
			const literals = items.map((item) => literalOf(stack, item));
			return {
				values: literals.flatMap((one) => one ?? []),
				unresolved: literals.includes(undefined),
			};
		},
	};
});

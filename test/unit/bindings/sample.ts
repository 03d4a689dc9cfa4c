import { bindingsOf } from "../../../providers/bindings/modules.ts";
import { type BindingName, camelCase } from "../../../providers/bindings/names.ts";
import { isBranch, isSettable, isSingle, slotsOf } from "../../../providers/bindings/slots.ts";
import { type Argument, type Body, branch } from "../../../providers/schema/argument.ts";
import { schemaFolder, schemasIn } from "../../../providers/schema/committed.ts";
import { typeSchema } from "../../../providers/schema/provider-schema.ts";
import type { TypeConstraint } from "../../../providers/schema/type-constraint.ts";
import type { Json } from "../../../world/world.ts";

type Values = { [name: string]: Json };

/** One value for every argument that can be given: as TypeScript writes it, and as Terraform reads it. */
export interface Sample {
	readonly given: Values;
	readonly written: Values;
}

/** @param onlyRequired leave out what may be left out */
export function sampleOf(body: Body, place: "top" | "nested", onlyRequired = false): Sample {
	const given: Values = {};
	const written: Values = {};
	for (const { name, property, argument } of slotsOf(body, place).values()) {
		if (!isSettable(argument)) continue;
		if (onlyRequired && !argument.required && argument.least === 0) continue;
		const value = sampleValue(argument, onlyRequired);
		given[property] = value.given;
		written[name] = value.written;
	}
	return { given, written };
}

function sampleValue(
	argument: Argument,
	onlyRequired: boolean,
): { readonly given: Json; readonly written: Json } {
	if (!isBranch(argument))
		return { given: leaf(argument.type, camelCase), written: leaf(argument.type, (name) => name) };
	const { given, written } = sampleOf(argument.body, "nested", onlyRequired);
	if (isSingle(argument)) return { given, written };
	return argument.nesting === "map"
		? { given: { k: given }, written: { k: written } }
		: { given: [given], written: [written] };
}

/** @param rename how attributes of an object are called */
function leaf(type: TypeConstraint, rename: (name: string) => string): Json {
	switch (type.kind) {
		case "string":
			return "text";
		case "number":
			return 7;
		case "bool":
			return true;
		case "any":
			return { any: [1, "two"] };
		case "map":
			return { "a.key": leaf(type.element, rename) };
		case "object":
			return Object.fromEntries(
				Object.entries(type.attributes).map(([name, inner]) => [rename(name), leaf(inner, rename)]),
			);
		default:
			return [leaf(type.element, rename)];
	}
}

export interface KeptBinding {
	readonly provider: string;
	readonly name: BindingName;
	readonly body: Body;
}

/** Everything in the kept schemas that has a class. */
export const keptBindings: readonly KeptBinding[] = [...schemasIn(schemaFolder)].flatMap(
	([provider, schema]) =>
		bindingsOf(provider, schema).map((name) => {
			const nested = name.mode === "provider" ? schema.provider : typeSchema(schema, name);
			if (nested === undefined) throw new Error(`no ${name.type}`);
			return { provider, name, body: branch(nested, schema).body };
		}),
);

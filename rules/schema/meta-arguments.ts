import { type Body, bodyOf } from "../../providers/schema/argument.ts";
import type { Arguments, Nested, ProviderSchema } from "../../providers/schema/provider-schema.ts";
import type { Resource } from "../../world/world.ts";

const condition: Nested = {
	is: "block list",
	arguments: { condition: "required any", error_message: "required string" },
};

const conditions: Arguments = { precondition: condition, postcondition: condition };

const everywhere: Arguments = {
	depends_on: "optional list(string)",
	count: "optional number",
	for_each: "optional any",
	provider: "optional string",
};

const lifecycle = (names: Arguments): Arguments => ({
	...everywhere,
	lifecycle: { is: "block single", arguments: names },
});

/** Terraform's own arguments, which every type has. Source: the language reference, "Meta-arguments". */
const metaArguments: Readonly<Record<Resource["mode"] | "provider", Arguments>> = {
	resource: {
		...lifecycle({
			...conditions,
			create_before_destroy: "optional bool",
			prevent_destroy: "optional bool",
			// A list of arguments, or the word `all`.
			ignore_changes: "optional any",
			replace_triggered_by: "optional list(string)",
		}),
		connection: "optional any",
		provisioner: "optional any",
	},
	data: lifecycle(conditions),
	ephemeral: lifecycle(conditions),
	provider: { alias: "optional string" },
};

/** The meta-arguments of a kind of block. */
export function metaBody(mode: keyof typeof metaArguments): Body {
	// The schema is not used: meta-arguments contain no references into it.
	return bodyOf({ is: "block single", arguments: metaArguments[mode] }, {} as ProviderSchema);
}

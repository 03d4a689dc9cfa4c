import {
	ComplexObject,
	TerraformDataSource,
	TerraformEphemeralResource,
	TerraformProvider,
	TerraformResource,
} from "cdktf";
import { camelCase } from "./names.ts";

/** Names that the engine's constructs use themselves, fields and meta-arguments. */
const top = new Set([
	...membersOf(TerraformResource, TerraformDataSource, TerraformEphemeralResource, TerraformProvider),
	...["node", "dependsOn", "count", "provider", "lifecycle", "forEach", "provisioners", "connection"],
	...["rawOverrides", "terraformResourceType", "terraformGeneratorMetadata", "terraformProviderSource"],
]);
// A provider's alias is its own argument.
top.delete("alias");

/** The same for nested references, with what the prebuilt packages rename everywhere. */
const nested = new Set([
	...membersOf(ComplexObject),
	...["creationStack", "terraformResource", "terraformAttribute", "node", "importFrom", "moveTo"],
]);

function membersOf(...classes: readonly { readonly prototype: object }[]): string[] {
	return classes.flatMap(({ prototype }) => {
		const names: string[] = [];
		for (let part: object | null = prototype; part !== null; part = Object.getPrototypeOf(part))
			names.push(...Object.getOwnPropertyNames(part));
		return names;
	});
}

/**
 * Name of an argument in TypeScript, for both its value and the reference to it: camelCase, with `Attribute` at its end
 * where the engine's own classes use the name (`node` becomes `nodeAttribute`).
 *
 * @param place `top` for arguments of a whole type, whose names stand beside Terraform's own such as `count`
 */
export function propertyOf(argument: string, place: "top" | "nested"): string {
	const name = camelCase(argument);
	return (place === "top" ? top : nested).has(name) ? `${name}Attribute` : name;
}

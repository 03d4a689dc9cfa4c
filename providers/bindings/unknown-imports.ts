import { type ProviderSchema, typeSchema } from "../schema/provider-schema.ts";
import { providerImports } from "../schema/types-in-use.ts";

/** What the code asks of the bindings and they do not have, and the command that mends it. */
export class BindingsError extends Error {
	readonly remedy: string;

	constructor(message: string, remedy: string) {
		super(message);
		this.remedy = remedy;
	}
}

/** @throws BindingsError naming every import of a class that no kept schema has a type for */
export function refuseUnknownImports(root: string, schemas: ReadonlyMap<string, ProviderSchema>): void {
	const unknown = providerImports(root).filter(
		({ provider, binding }) =>
			!schemas.has(provider) ||
			(binding.mode !== "provider" && typeSchema(schemas.get(provider), binding) === undefined),
	);
	if (unknown.length === 0) return;
	const lines = unknown.map(
		({ place, module, provider, binding }) =>
			`${place}: ${module} is not there, because providers/schemas/${provider}.json has no ${binding.mode} ${binding.type}`,
	);
	const names = [...new Set(unknown.map(({ provider }) => provider))].join(" ");
	throw new BindingsError(
		lines.join("\n"),
		`run \`npx infra schemas refresh ${names}\`, which keeps every type that is imported`,
	);
}

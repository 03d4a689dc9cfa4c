import { type ProviderSchema, typeSchema } from "../schema/provider-schema.ts";
import { providerImports } from "../schema/types-in-use.ts";

/** The code imports a class that the bindings lack; the message names the command that generates it. */
export class BindingsError extends Error {
	readonly remedy: string;

	constructor(message: string, remedy: string) {
		super(message);
		this.remedy = remedy;
	}
}

/** @throws BindingsError with every import of a class whose type no kept schema has */
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

import type { ProviderSchema } from "../schema/provider-schema.ts";
import { Declarations } from "./declarations.ts";
import { type BindingName, classOf, folderOf } from "./names.ts";

const makers: Readonly<Record<BindingName["mode"], string>> = {
	resource: "resource",
	data: "dataSource",
	ephemeral: "ephemeralResource",
	provider: "provider",
};

/** Every class of a kept schema. */
export function bindingsOf(provider: string, schema: ProviderSchema): BindingName[] {
	const types = (["resource", "data", "ephemeral"] as const).flatMap((mode) =>
		Object.keys(schema[mode]).map((type) => ({ mode, type })),
	);
	return [{ mode: "provider", type: provider }, ...types];
}

/**
 * Files of a provider's package by path below `lib`, such as `secret-v1/index.js` with its `index.d.ts`. A module only
 * names its type, and the class is made from the schema when it is loaded; the declarations are complete.
 */
export function renderModules(provider: string, schema: ProviderSchema): ReadonlyMap<string, string> {
	const header = `// Made by \`npm run bindings\` from providers/schemas/${provider}.json. Do not edit.\n`;
	const declarations = new Declarations(schema);
	const files = bindingsOf(provider, schema).flatMap((name): [string, string][] => {
		const folder = folderOf(name);
		const maker = makers[name.mode];
		const module = [
			`import { ${maker} } from "../../../bindings/classes.ts";\n`,
			`export const ${classOf(name)} = ${maker}("${name.type}");\n`,
		];
		return [
			[`${folder}/index.js`, header + module.join("")],
			[`${folder}/index.d.ts`, header + declarations.render(name)],
		];
	});
	return new Map(files);
}

import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { TypeName } from "./compact.ts";

/** Base classes of the engine, by name: a package may bring its own copy of the engine. */
const modes: Readonly<Record<string, TypeName["mode"]>> = {
	TerraformResource: "resource",
	TerraformDataSource: "data",
	TerraformEphemeralResource: "ephemeral",
};

/**
 * Every type that the code below `root` can create: those of the provider classes that it imports and of the classes
 * that it writes itself. Found by loading the classes, so nobody keeps a list.
 */
export async function typesInUse(root: string): Promise<TypeName[]> {
	const own = sources(root).filter(({ text }) => ownClass.test(text));
	const modules = [...providerModules(root), ...own.map(({ path }) => pathToFileURL(path).href)];
	const loaded = await Promise.all(modules.sort().map((module) => import(module)));
	return loaded.flatMap((module) => Object.values(module)).flatMap(typeOf);
}

/** Import paths of the provider classes that the code below `root` uses, each once. */
export function providerModules(root: string): string[] {
	const imports = sources(root).flatMap(({ text }) => [...text.matchAll(providerImport)]);
	return [...new Set(imports.map(([, module = ""]) => module))];
}

function sources(root: string): { readonly path: string; readonly text: string }[] {
	// Bindings that are generated here come with declarations, which hold no code.
	const files = globSync("{constructs,stacks,providers}/**/*.ts", { cwd: root, exclude: ["**/*.d.ts"] });
	return files.map((file) => ({ path: join(root, file), text: readFileSync(join(root, file), "utf8") }));
}

/** An import of values: types alone create nothing. */
const providerImport = /^import (?!type\b)[^;]*?"(@cdktf\/provider-[\w-]+\/lib\/[\w-]+\/index\.js)"/gm;
const ownClass = /static readonly tfResourceType\b/;

function typeOf(exported: unknown): TypeName[] {
	if (typeof exported !== "function" || !("tfResourceType" in exported)) return [];
	for (let base = exported; typeof base === "function"; base = Object.getPrototypeOf(base)) {
		const mode = modes[base.name];
		if (mode !== undefined) return [{ mode, type: String(exported.tfResourceType) }];
	}
	// A provider's own class.
	return [];
}

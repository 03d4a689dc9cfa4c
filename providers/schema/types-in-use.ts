import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { TypeName } from "./compact.ts";

/** Base classes of the engine. By name: a bundled engine is another object than the one in `node_modules`. */
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
	const modules = new Set<string>();
	// Bindings that are generated here come with declarations, which hold no code.
	const files = globSync("{constructs,stacks,providers}/**/*.ts", { cwd: root, exclude: ["**/*.d.ts"] });
	for (const file of files) {
		const text = readFileSync(join(root, file), "utf8");
		for (const [, module = ""] of text.matchAll(providerImport)) modules.add(module);
		if (ownClass.test(text)) modules.add(pathToFileURL(join(root, file)).href);
	}
	const loaded = await Promise.all([...modules].sort().map((module) => import(module)));
	return loaded.flatMap((module) => Object.values(module)).flatMap(typeOf);
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

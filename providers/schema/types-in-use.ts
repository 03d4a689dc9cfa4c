import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type BindingName, bindingIn } from "../bindings/names.ts";
import type { TypeName } from "./provider-schema.ts";

/** An import of a provider's class, or of a type beside it. */
export interface ProviderImport {
	/** Path as it is written, such as `@cdktf/provider-kubernetes/lib/secret-v1/index.js`. */
	readonly module: string;
	/** Provider's own name, such as `kubernetes`. */
	readonly provider: string;
	/** File and line, relative to the repository. */
	readonly place: string;
	/** Type of the class. */
	readonly binding: BindingName;
}

const providerImport =
	/^\s*(?:import|export)\b[^;"]*?"(@cdktf\/provider-([\w-]+)\/lib\/([\w-]+)\/index\.js)"/gm;

/** Every import of providers' packages in the code that is synthesised. The types in use are derived from it. */
export function providerImports(root: string): ProviderImport[] {
	const files = globSync("{constructs,stacks}/**/*.ts", { cwd: root }).sort();
	return files.flatMap((file) => {
		const text = readFileSync(join(root, file), "utf8");
		return [...text.matchAll(providerImport)].map((match) => {
			const [statement, module = "", provider = "", folder = ""] = match;
			const line = text.slice(0, match.index + statement.length).split("\n").length;
			return { module, provider, place: `${file}:${line}`, binding: bindingIn(provider, folder) };
		});
	});
}

/** The types that the code below `root` imports classes of, each once. */
export function typesInUse(root: string): TypeName[] {
	const types = new Map<string, TypeName>();
	for (const { binding } of providerImports(root))
		if (binding.mode !== "provider")
			types.set(`${binding.mode} ${binding.type}`, { mode: binding.mode, type: binding.type });
	return [...types].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, type]) => type);
}

/** Import paths of the providers' packages in use, each once. */
export function providerModules(root: string): string[] {
	return [...new Set(providerImports(root).map(({ module }) => module))];
}

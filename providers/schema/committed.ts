import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { builtIn } from "./built-in.ts";
import type { ProviderSchema } from "./provider-schema.ts";

export const schemaFolder = join(import.meta.dirname, "../schemas");

const read = new Map<string, ProviderSchema | undefined>([["terraform", builtIn]]);

/** The committed schema of a provider, read when it is first asked for; undefined when there is none. */
export function committedSchema(provider: string): ProviderSchema | undefined {
	if (!read.has(provider)) {
		const file = join(schemaFolder, `${provider}.json`);
		read.set(provider, existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined);
	}
	return read.get(provider);
}

/** All schemas of a folder, by provider. */
export function schemasIn(folder: string): Map<string, ProviderSchema> {
	const files = readdirSync(folder).filter((file) => file.endsWith(".json"));
	return new Map(
		files
			.sort()
			.map((file) => [file.replace(/\.json$/, ""), JSON.parse(readFileSync(join(folder, file), "utf8"))]),
	);
}

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ProviderSchema } from "./provider-schema.ts";

export const schemaFolder = join(import.meta.dirname, "../../providers/schemas");

const read = new Map<string, ProviderSchema | undefined>();

/** The committed schema of a provider, read when it is first asked for; undefined when there is none. */
export function committedSchema(provider: string): ProviderSchema | undefined {
	if (!read.has(provider)) {
		const file = join(schemaFolder, `${provider}.json`);
		read.set(provider, existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined);
	}
	return read.get(provider);
}

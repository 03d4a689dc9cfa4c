import { entryPath, word } from "./texts.ts";
import { z } from "./zod.ts";

/** Where the registry of tenants is kept. */
export const registry = z.strictObject({
	source: z.discriminatedUnion("kind", [
		z.strictObject({
			kind: z.literal("vault"),
			path: entryPath.describe("Entry below the KV mount"),
			key: word.describe("Key of that entry whose value is the registry, as JSON"),
		}),
		z.strictObject({
			kind: z.literal("file"),
			path: word.describe("JSON file, relative to the project"),
		}),
	]),
});

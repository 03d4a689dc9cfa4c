import { z } from "./zod.ts";

/** Where the registry of tenants is kept. */
export const registry = z.strictObject({
	source: z.discriminatedUnion("kind", [
		z.strictObject({
			kind: z.literal("vault"),
			path: z.string().describe("Entry below the KV mount"),
			key: z.string().describe("Key of that entry whose value is the registry, as JSON"),
		}),
		z.strictObject({
			kind: z.literal("file"),
			path: z.string().describe("JSON file, relative to the project"),
		}),
	]),
});

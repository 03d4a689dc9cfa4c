import { z } from "./zod.ts";

/** Vault as its clients see it. */
export const vault = z.strictObject({
	address: z.url({ protocol: /^https?$/, error: "expected a URL such as https://vault.example.org" }),
	kvMount: z.string().describe("Mount of the KV version 2 engine"),
	secretStore: z.string().describe("ClusterSecretStore that reads the KV mount for External Secrets"),
});

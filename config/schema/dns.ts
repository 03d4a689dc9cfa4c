import { httpAddress } from "./texts.ts";
import { z } from "./zod.ts";

/** The DNS provider of the zone `network.domain`. */
export const dns = z.discriminatedUnion("kind", [
	z.strictObject({ kind: z.literal("none").describe("Nobody that can be asked: no record is made") }),
	z.strictObject({
		kind: z.literal("cloudflare"),
		zoneId: z.string().regex(/^[0-9a-f]{32}$/, "expected the 32 hexadecimal digits of a zone"),
		accountId: z.string().regex(/^[0-9a-f]{32}$/, "expected the 32 hexadecimal digits of an account"),
		tunnelId: z.guid("expected the UUID of a tunnel").describe("Tunnel that proxied names lead to"),
		baseUrl: httpAddress.optional().describe("Of a stand-in for the API; the real one when absent"),
	}),
]);

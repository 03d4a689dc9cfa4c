import type { SiteInput } from "../schema/site.ts";

/** A zone for the site `lab`, which has none of its own: documentation addresses and dummy ids, and where mail arrives. */
export const labZone = {
	public: { ipv4: "203.0.113.10", ipv6: "2001:db8::10" },
	dns: {
		kind: "cloudflare",
		zoneId: "0".repeat(32),
		accountId: "0".repeat(32),
		tunnelId: "00000000-0000-0000-0000-000000000000",
	},
	edge: { ipv6Interface: "wan" },
} as const satisfies Pick<SiteInput["network"], "public"> &
	Pick<SiteInput, "dns"> & { readonly edge: Partial<SiteInput["mail"]["edge"]> };

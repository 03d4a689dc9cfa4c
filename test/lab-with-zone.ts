import { parseSite } from "../config/parse-site.ts";
import type { Site } from "../config/schema/site.ts";
import lab from "../config/sites/lab.ts";
import { mergePatch } from "./merge-patch.ts";

const zone = {
	network: { public: { ipv4: "203.0.113.10", ipv6: "2001:db8::10" } },
	dns: {
		kind: "cloudflare",
		zoneId: "0".repeat(32),
		accountId: "0".repeat(32),
		tunnelId: "00000000-0000-0000-0000-000000000000",
	},
};

/** The lab with a zone of its own, and with these virtual hosts changed or added. */
export const labWithZone = (virtualHosts: object): Site =>
	parseSite(mergePatch(mergePatch(lab, zone), { virtualHosts }));

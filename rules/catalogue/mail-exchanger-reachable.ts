import { dnsRecords, isInZone } from "../../world/dns-records.ts";
import { worldRule } from "../rule.ts";

export const mailExchangerReachable = worldRule({
	id: "mail-exchanger-reachable",
	severity: "error",
	reason: "Mail to a domain whose exchanger is an alias, is proxied or has no address bounces or is lost.",
	remedy:
		"Point the MX record at a name with A and AAAA records that are not proxied (RFC 5321 section 5.1).",
	*check(world) {
		const records = dnsRecords(world);
		for (const { resource, type, content } of records) {
			if (type !== "MX" || !isInZone(content, world.site.network.domain)) continue;
			const targets = records.filter(({ name }) => name === content);
			const problem = targets.some((target) => target.type === "CNAME")
				? "is an alias"
				: targets.some((target) => target.resource.arguments.proxied === true)
					? "is proxied"
					: targets.some((target) => target.type === "A" || target.type === "AAAA")
						? undefined
						: "has no address in this world";
			if (problem !== undefined)
				yield { subject: resource, argument: "content", message: `the exchanger ${content} ${problem}` };
		}
	},
});

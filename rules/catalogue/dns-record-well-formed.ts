import { isIPv4, isIPv6 } from "node:net";
import { hostName } from "../../config/schema/primitives.ts";
import { textOf } from "../../constructs/dns/character-strings.ts";
import { addressTypes, dnsRecords, isInZone, type ZoneRecord, zonesOf } from "../../world/dns-records.ts";
import { worldRule } from "../rule.ts";

export const dnsRecordWellFormed = worldRule({
	id: "dns-record-well-formed",
	severity: "error",
	reason: "The API takes much that it then keeps in another form: every plan shows a change that never ends.",
	remedy: "Write full names without a trailing dot, and TXT as quoted strings of at most 255 bytes.",
	*check(world) {
		for (const record of dnsRecords(world)) {
			const { resource, name } = record;
			const zones = zonesOf(world.site);
			if (!zones.some((zone) => isInZone(name, zone)))
				yield {
					subject: resource,
					argument: "name",
					message: `${name} is no full name below ${zones.join(" or ")}`,
				};
			const expected = contentProblem(record);
			if (expected !== undefined)
				yield {
					subject: resource,
					argument: "content",
					message: `${record.type} ${name}: expected ${expected}`,
				};
			yield* optionProblems(record);
		}
	},
});

/** What the content should be; undefined when it is right. */
function contentProblem({ type, content }: ZoneRecord): string | undefined {
	const isHost = hostName.safeParse(content).success;
	switch (type) {
		case "A":
			return isIPv4(content) ? undefined : "an IPv4 address";
		case "AAAA":
			return isIPv6(content) ? undefined : "an IPv6 address";
		case "CNAME":
			return isHost ? undefined : "a full name without trailing dot";
		// The target must be a name (RFC 5321 section 5.1): an address would be resolved as one.
		case "MX":
			return isHost && !isIPv4(content) ? undefined : "a full name without trailing dot, and no address";
		case "SRV":
			return isService(content)
				? undefined
				: 'a weight, a port and a full name without trailing dot, or "0 0 ." for none';
		case "TXT":
			return textOf(content) === undefined ? "quoted strings of at most 255 bytes" : undefined;
		default:
			return undefined;
	}
}

/** A host and its port, or that there is none (RFC 2782). */
function isService(content: string): boolean {
	const [, port, target = ""] = /^\d+ (\d+) (\S+)$/.exec(content) ?? [];
	if (target === ".") return port === "0";
	return Number(port) > 0 && hostName.safeParse(target).success && !isIPv4(target);
}

/** Types of records with a priority. */
const ranked: ReadonlySet<string> = new Set(["MX", "SRV"]);

function* optionProblems({ resource, type, name }: ZoneRecord) {
	const { proxied, ttl, priority } = resource.arguments;
	if (proxied === true && !addressTypes.has(type))
		yield { subject: resource, argument: "proxied", message: `${type} ${name} cannot be proxied` };
	if (proxied === true && ttl !== 1)
		yield {
			subject: resource,
			argument: "ttl",
			message: `${name} is proxied: its lifetime is 1 (automatic), not ${ttl}`,
		};
	if (ranked.has(type) !== (priority !== undefined))
		yield {
			subject: resource,
			argument: "priority",
			message: `${type} ${name} ${ranked.has(type) ? "needs a priority" : "has no priority"}`,
		};
}

import { addressTypes, dnsRecords, type ZoneRecord, zonesOf } from "../../world/dns-records.ts";
import type { World } from "../../world/world.ts";
import { worldRule } from "../rule.ts";

export const uniqueDnsRecords = worldRule({
	id: "unique-dns-records",
	severity: "error",
	reason:
		"Two owners of one name overwrite each other's records, and an alias beside another record is refused in the middle of an apply.",
	remedy: "Let one stack make all records of a name and type, each once, and nothing beside an alias.",
	*check(world) {
		const earlier: ZoneRecord[] = [];
		for (const record of dnsRecords(world)) {
			const problems = earlier
				.filter(({ name }) => name === record.name)
				.map((other) => conflict(record, other, world));
			const problem = problems.find((message) => message !== undefined);
			if (problem !== undefined) yield { subject: record.resource, argument: "name", message: problem };
			earlier.push(record);
		}
	},
});

function conflict(record: ZoneRecord, other: ZoneRecord, { site }: World): string | undefined {
	const what = `${record.type} ${record.name}`;
	if (record.type === other.type && record.resource.stack !== other.resource.stack)
		return `${what} already belongs to stack ${other.resource.stack}`;
	if (record.type === other.type && record.content === other.content)
		return `${what} is already made by ${other.resource.path}`;
	if (record.type !== "CNAME" && other.type !== "CNAME") return undefined;
	// At the apex the provider resolves the alias itself, so that records of other types may stand beside it.
	const atApex = zonesOf(site).includes(record.name);
	return atApex && !(addressTypes.has(record.type) && addressTypes.has(other.type))
		? undefined
		: `${what} stands beside ${other.type} of ${other.resource.path}: an alias must be alone`;
}

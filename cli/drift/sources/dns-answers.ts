import type { Ask } from "../../../clients/dns/name-servers.ts";
import { VisibleError } from "../../../config/schema/visible-error.ts";
import { textOf } from "../../../constructs/dns/character-strings.ts";
import { pooled } from "../../../terminal/pool.ts";
import type { ZoneRecord } from "../../../world/dns-records.ts";
import type { DriftedObject } from "../stack-drift.ts";
import type { SourceFindings } from "./source.ts";

/** Concurrent questions to the name servers. */
const atOnce = 8;

/** What of a world is asked for. */
export interface Wanted {
	/** Of all stacks. */
	readonly records: readonly ZoneRecord[];
	/** Whose records are asked for. */
	readonly stack: string;
	/** Name of the zone. */
	readonly zone: string;
}

/**
 * Compares what name servers answer with what a stack declares. Where the provider answers by itself, for a `proxied`
 * name and for an alias of the zone's own name, only whether there is an answer.
 */
export async function compareAnswers(wanted: Wanted, ask: Ask): Promise<SourceFindings> {
	const groups = Map.groupBy(wanted.records, ({ type, name }) => `${type} ${name.toLowerCase()}`);
	const own = [...groups.values()].filter(([first]) => first?.resource.stack === wanted.stack);
	const results = pooled(atOnce, own, (group) => compare(group, wanted.zone, ask));
	const [drifted, errors]: [DriftedObject[], string[]] = [[], []];
	for (const result of await Promise.all(results))
		if (result.status === "fulfilled") drifted.push(...result.value);
		else if (result.reason instanceof VisibleError) errors.push(result.reason.message);
		else throw result.reason;
	return { drifted, errors };
}

async function compare(group: readonly ZoneRecord[], zone: string, ask: Ask): Promise<DriftedObject[]> {
	const [first] = group;
	if (first === undefined) return [];
	const { name, type } = first;
	if (first.resource.arguments.proxied === true || (type === "CNAME" && name === zone)) {
		const addresses = [...(await ask(name, "A")), ...(await ask(name, "AAAA"))];
		return addresses.length > 0 ? [] : [differing(first, [answerOf(first)], [])];
	}
	const wanted = group.map(answerOf).sort();
	const answers = (await ask(name, type)).toSorted();
	const same = answers.length === wanted.length && answers.every((answer, index) => answer === wanted[index]);
	return same ? [] : [differing(first, wanted, answers)];
}

function differing(
	{ name, type, resource }: ZoneRecord,
	wanted: readonly string[],
	answers: readonly string[],
): DriftedObject {
	return {
		what: answers.length === 0 ? "deleted" : "changed",
		address: `dns ${type} ${name}`,
		path: resource.path,
		risk: "caution",
		arguments: [
			{
				path: "answer",
				before: { shown: wanted.join(", ") },
				after: answers.length === 0 ? "absent" : { shown: answers.join(", ") },
			},
		],
		consequences: [],
	};
}

/** A declared record as a name server says it. */
function answerOf({ type, content, resource }: ZoneRecord): string {
	if (type === "TXT") return textOf(content) ?? content;
	const name = content.toLowerCase();
	if (type === "AAAA") return URL.parse(`http://[${name}]`)?.hostname.slice(1, -1) ?? name;
	return type === "MX" || type === "SRV" ? `${resource.arguments.priority} ${name}` : name;
}

import type { Resource } from "../../world/world.ts";
import { type Fact, type Risk, risks, type Whole } from "./fact.ts";

/** Facts that one sentence says. */
export interface Statement {
	/** Without a period, such as `pods of namespace alice may read secret/bob`. */
	readonly sentence: string;
	readonly risk: Risk;
	/** Blocks that grant all of it: stack, construct path, address. */
	readonly grants: readonly Resource[];
	readonly facts: readonly Fact[];
}

/** Facts that share everything but what is being merged. */
interface Group {
	readonly subjects: readonly string[];
	readonly verbs: readonly string[];
	readonly objects: readonly string[];
	readonly risk: Risk;
	readonly grants: readonly Resource[];
	readonly facts: readonly Fact[];
}

/** Longest enumeration; of a longer one the number is said. */
const mostNames = 6;

/**
 * Says facts in as few sentences as tell them all, worst first: verbs of the same subject and object are joined, then
 * objects, then subjects.
 *
 * @param tense `may`, or `may no longer` of facts that are lost
 */
export function statements(
	facts: readonly Fact[],
	tense: "may" | "may no longer" = "may",
): readonly Statement[] {
	let groups: readonly Group[] = facts.map((fact) => ({
		subjects: [fact.subject],
		verbs: [fact.verb],
		objects: [fact.object],
		risk: fact.risk,
		grants: fact.grants,
		facts: [fact],
	}));
	groups = merged(groups, "verbs");
	groups = merged(groups, "objects");
	groups = merged(groups, "subjects");
	return groups
		.map(({ subjects, verbs, objects, risk, grants, facts }) => ({
			sentence: [
				enumerated(withWholes(subjects, facts, "subject")),
				tense,
				enumerated(verbs, Number.POSITIVE_INFINITY),
				enumerated(withWholes(objects, facts, "object")),
			].join(" "),
			risk,
			grants: [...grants].sort((one, other) =>
				`${one.stack} ${one.address}` < `${other.stack} ${other.address}` ? -1 : 1,
			),
			facts,
		}))
		.sort(
			(one, other) =>
				risks.indexOf(one.risk) - risks.indexOf(other.risk) || (one.sentence < other.sentence ? -1 : 1),
		);
}

function merged(groups: readonly Group[], part: "subjects" | "verbs" | "objects"): readonly Group[] {
	const rest = (["subjects", "verbs", "objects"] as const).filter((other) => other !== part);
	const same = Map.groupBy(groups, (group) =>
		JSON.stringify([
			...rest.map((other) => group[other]),
			group.risk,
			// Policies of a hundred namespaces would be a hundred sentences.
			part === "subjects" ? "" : group.grants.map(({ stack, address }) => `${stack} ${address}`),
		]),
	);
	return [...same.values()].map((together) => {
		const [first] = together as [Group];
		return {
			...first,
			[part]: [...new Set(together.flatMap((group) => group[part]))].sort(),
			grants: [...new Set(together.flatMap(({ grants }) => grants))],
			facts: together.flatMap(({ facts }) => facts),
		};
	});
}

/** Replaces parts by the name of the whole where all of them are there. */
function withWholes(
	names: readonly string[],
	facts: readonly Fact[],
	side: "subject" | "object",
): readonly string[] {
	let said = names;
	const whole = new Map<string, { parts: number; members: Set<string> }>();
	for (const fact of facts) {
		const wholes: readonly Whole[] = (side === "subject" ? fact.subjectWholes : fact.objectWholes) ?? [];
		for (const { name, parts } of wholes) {
			const entry = whole.get(name) ?? { parts, members: new Set<string>() };
			entry.members.add(fact[side]);
			whole.set(name, entry);
		}
	}
	const widest = [...whole].sort(([, one], [, other]) => other.parts - one.parts);
	for (const [name, { parts, members }] of widest)
		if (members.size >= parts && [...members].some((member) => said.includes(member)))
			said = [...said.filter((one) => !members.has(one)), name];
	return said;
}

/** `a, b and c`; words that all begin or end with are said once, and of many only some are named. */
function enumerated(names: readonly string[], most = mostNames): string {
	const [first = "", ...others] = names;
	if (others.length === 0) return first;
	const stem = commonStart(names);
	const tail = commonEnd(names.map((name) => name.slice(stem.length)));
	const middles = names.map((name) => name.slice(stem.length, name.length - tail.length));
	const named =
		middles.length > most ? [...middles.slice(0, most - 1), `${middles.length - most + 1} more`] : middles;
	return `${stem}${named.slice(0, -1).join(", ")} and ${named.at(-1)}${tail}`;
}

/** Whole words that every name begins with, as in `pods of namespace a` and `pods of namespace b`. */
function commonStart(names: readonly string[]): string {
	const [first = ""] = names;
	const words = first.split(" ").slice(0, -1);
	while (words.length > 0 && !names.every((name) => name.startsWith(`${words.join(" ")} `))) words.pop();
	return words.length === 0 ? "" : `${words.join(" ")} `;
}

/** Whole words that every name ends with, as in `Secrets of namespace a` and `logs of namespace a`. */
function commonEnd(names: readonly string[]): string {
	const [first = ""] = names;
	const words = first.split(" ").slice(1);
	while (words.length > 0 && !names.every((name) => name.endsWith(` ${words.join(" ")}`))) words.shift();
	return words.length === 0 ? "" : ` ${words.join(" ")}`;
}

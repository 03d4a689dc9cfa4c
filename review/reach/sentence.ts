import type { Resource } from "../../world/world.ts";
import { type Fact, type Risk, risks } from "./fact.ts";

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

/** A fact, or the whole of some. */
interface Said
	extends Pick<Fact, "subject" | "verb" | "object" | "risk" | "grants" | "subjectWholes" | "objectWholes"> {
	readonly facts: readonly Fact[];
}

/** Longest enumeration in a review. */
const mostNames = 6;

/**
 * Says facts in as few sentences as tell them all, worst first: parts are replaced by the whole where all of them are
 * there, then verbs of the same subject and object are joined, then objects, then subjects.
 *
 * @param tense `may`, or `may no longer` of facts that are lost
 * @param most names in one enumeration; of more the number is said
 */
export function statements(
	facts: readonly Fact[],
	tense: "may" | "may no longer" = "may",
	most: number = mostNames,
): readonly Statement[] {
	const whole = withWholes(
		withWholes(
			facts.map((fact) => ({ ...fact, facts: [fact] })),
			"subject",
		),
		"object",
	);
	let groups: readonly Group[] = whole.map(({ subject, verb, object, ...rest }) => ({
		subjects: [subject],
		verbs: [verb],
		objects: [object],
		risk: rest.risk,
		grants: rest.grants,
		facts: rest.facts,
	}));
	for (const part of ["verbs", "objects", "subjects"] as const) groups = merged(groups, part);
	return groups
		.map(({ subjects, verbs, objects, risk, grants, facts }) => ({
			sentence: [
				enumerated(subjects, most),
				tense,
				enumerated(verbs, Number.POSITIVE_INFINITY),
				enumerated(objects, most),
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
			[part]: [...new Set(together.flatMap((group) => group[part]))].sort(inOrder),
			grants: [...new Set(together.flatMap(({ grants }) => grants))],
			facts: together.flatMap(({ facts }) => facts),
		};
	});
}

/** Replaces parts by the name of the whole where all of them are there. */
function withWholes(said: readonly Said[], side: "subject" | "object"): readonly Said[] {
	const other = side === "subject" ? "object" : "subject";
	const wholes = side === "subject" ? "subjectWholes" : "objectWholes";
	const alike = Map.groupBy(said, (one) => `${one[other]}|${one.verb}|${one.risk}`);
	return [...alike.values()].flatMap((group) => {
		let left: readonly Said[] = group;
		const known = new Map(group.flatMap((one) => (one[wholes] ?? []).map((whole) => [whole.name, whole])));
		for (const whole of [...known.values()].sort((one, another) => another.parts - one.parts)) {
			const members = left.filter((one) => one[wholes]?.some(({ name }) => name === whole.name));
			const [first] = members;
			if (first === undefined || new Set(members.map((one) => one[side])).size < whole.parts) continue;
			left = [
				...left.filter((one) => !members.includes(one)),
				{
					...first,
					[side]: whole.name,
					// What is wider takes it in.
					[wholes]: (first[wholes] ?? []).filter(({ parts }) => parts > whole.parts),
					grants: [...new Set(members.flatMap(({ grants }) => grants))],
					facts: members.flatMap(({ facts }) => facts),
				},
			];
		}
		return left;
	});
}

/** `a, b and c`; words that all begin or end with are said once, and of many only some are named. */
function enumerated(names: readonly string[], most: number): string {
	const [first = "", ...others] = names;
	if (others.length === 0) return first;
	const stem = commonStart(names);
	const tail = commonEnd(names.map((name) => name.slice(stem.length)));
	const middles = names.map((name) => name.slice(stem.length, name.length - tail.length));
	const named =
		middles.length > most ? [...middles.slice(0, most - 1), `${middles.length - most + 1} more`] : middles;
	return `${stem}${named.slice(0, -1).join(", ")} and ${named.at(-1)}${tail}`;
}

const inOrder = new Intl.Collator("en", { numeric: true }).compare;

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

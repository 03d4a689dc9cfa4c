import type { Resource } from "../../world/world.ts";

/**
 * What is at stake when a fact is new, worst first: `public` is the Internet, `cluster` everything in the cluster or
 * in Vault, `secrets` secrets of somebody else, `unknown` what cannot be computed, `escalation` a way to more rights,
 * `own-secrets` secrets of the subject, `network` a connection, `change` and `look` any other right.
 */
export const risks = [
	"public",
	"cluster",
	"secrets",
	"unknown",
	"escalation",
	"own-secrets",
	"network",
	"change",
	"look",
] as const;
export type Risk = (typeof risks)[number];

/** A name for all of several facts together, which a sentence says in place of each. */
export interface Whole {
	readonly name: string;
	/** Number of subjects or objects that it stands for. */
	readonly parts: number;
}

/** That somebody may do something, in the words of the field: `subject` may `verb` `object`. */
export interface Fact {
	readonly subject: string;
	/** Bare infinitive, such as `read`. */
	readonly verb: string;
	readonly object: string;
	/** What tells facts with the same words apart, such as the capability; part of the identity. */
	readonly detail?: string;
	readonly risk: Risk;
	/** Blocks that grant it; at least one, except for facts of the site. */
	readonly grants: readonly Resource[];
	/** Identities of wider facts, any of which contains this one. */
	readonly within?: readonly string[];
	/** Wholes of which the subject, or the object, is a part, smallest first. */
	readonly subjectWholes?: readonly Whole[];
	readonly objectWholes?: readonly Whole[];
}

/** Identity of a fact. */
export function factId({
	subject,
	verb,
	object,
	detail = "",
}: Pick<Fact, "subject" | "verb" | "object" | "detail">): string {
	return `${subject}|${verb}|${object}|${detail}`;
}

/** Joins facts with the same identity, and leaves out what a wider one contains; in a fixed order. */
export function distinct(facts: Iterable<Fact>): readonly Fact[] {
	const byId = new Map<string, Fact>();
	for (const fact of facts) {
		const id = factId(fact);
		const known = byId.get(id);
		byId.set(id, known === undefined ? fact : joined(known, fact));
	}
	return [...byId]
		.filter(([id, { within = [] }]) => !within.some((wider) => wider !== id && byId.has(wider)))
		.sort(([one], [other]) => (one < other ? -1 : 1))
		.map(([, fact]) => fact);
}

function joined(one: Fact, other: Fact): Fact {
	const grants = [...new Set([...one.grants, ...other.grants])].sort((a, b) =>
		`${a.stack} ${a.address}` < `${b.stack} ${b.address}` ? -1 : 1,
	);
	const within = [...new Set([...(one.within ?? []), ...(other.within ?? [])])];
	return { ...one, risk: worse(one.risk, other.risk), grants, within };
}

function worse(one: Risk, other: Risk): Risk {
	return risks.indexOf(one) <= risks.indexOf(other) ? one : other;
}

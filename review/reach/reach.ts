import type { World } from "../../world/world.ts";
import { admissionFacts } from "./admission.ts";
import { ciFacts } from "./ci.ts";
import { deliveredFacts } from "./delivered.ts";
import { distinct, type Fact, factId } from "./fact.ts";
import { hostFacts } from "./hosts.ts";
import { networkFacts } from "./network.ts";
import { portFacts } from "./ports.ts";
import { rbacFacts } from "./rbac.ts";
import { type Statement, statements } from "./sentence.ts";
import { unknownFacts } from "./unknown.ts";
import { vaultFacts } from "./vault.ts";

/** Where facts come from. Each is given the worlds that will be compared, so that it looks at the same things in both. */
export type Source = (world: World, compared: readonly World[]) => Iterable<Fact>;

const sources: readonly Source[] = [
	hostFacts,
	portFacts,
	networkFacts,
	rbacFacts,
	vaultFacts,
	deliveredFacts,
	ciFacts,
	admissionFacts,
	unknownFacts,
];

/** What a change of the world newly lets somebody reach or read, and what it takes away; each worst first. */
export interface ReachChanges {
	readonly gained: readonly Statement[];
	readonly lost: readonly Statement[];
}

/**
 * Who may reach or read what in a synthesised world. What cannot be computed, such as the rights of a chart, is there as
 * a fact of risk `unknown`.
 *
 * @param compared worlds with which the facts will be compared
 */
export function reachOf(world: World, compared: readonly World[] = [world]): readonly Fact[] {
	return distinct(sources.flatMap((source) => [...source(world, compared)]));
}

/**
 * Facts that hold in only one of two worlds.
 *
 * @param before undefined for a world that nothing was deployed of
 */
export function reachChanges(before: World | undefined, after: World): ReachChanges {
	const worlds = before === undefined ? [after] : [before, after];
	const old = before === undefined ? [] : reachOf(before, worlds);
	const now = reachOf(after, worlds);
	const gained = missingIn(now, old);
	const unknown = new Set(gained.filter(({ risk }) => risk === "unknown").map(wordsOf));
	// What was unknown and is unknown in another way is not lost.
	const lost = missingIn(old, now).filter((fact) => fact.risk !== "unknown" || !unknown.has(wordsOf(fact)));
	return { gained: statements(gained), lost: statements(lost, "may no longer") };
}

function wordsOf({ subject, verb, object }: Fact): string {
	return factId({ subject, verb, object });
}

/** Facts that others neither have nor contain. */
function missingIn(facts: readonly Fact[], others: readonly Fact[]): readonly Fact[] {
	const ids = new Set(others.map(factId));
	return facts.filter(
		(fact) => !ids.has(factId(fact)) && !(fact.within ?? []).some((wider) => ids.has(wider)),
	);
}

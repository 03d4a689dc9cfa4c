import type { World } from "../../world/world.ts";
import type { Risk } from "../finding.ts";
import { findingClass } from "../finding-class.ts";
import type { Risk as Stake } from "../reach/fact.ts";
import { type ReachChanges, reachChanges } from "../reach/reach.ts";
import type { Statement } from "../reach/sentence.ts";

/** What was read once cannot be made unread. What is not listed is a notice. */
const gained: Readonly<Partial<Record<Stake, Risk>>> = {
	public: "danger",
	cluster: "danger",
	secrets: "danger",
	unknown: "caution",
	escalation: "caution",
};

/** Whoever loses a way in stands before a closed door. */
const lost: Readonly<Partial<Record<Stake, Risk>>> = { public: "caution", network: "caution" };

export const exposure = findingClass({
	id: "exposure",
	risk: "notice",
	reason: "Somebody can newly reach or read something, or no longer can.",
	remedy: "See that the one is meant, and that nobody needs the other.",
	*check({ summary, before, after }) {
		if (before === undefined) return;
		const changes = changesOf(before, after);
		for (const [statements, risks] of [
			[changes.gained, gained],
			[changes.lost, lost],
		] as const)
			for (const statement of statements)
				if (ownerOf(statement, after) === summary.stack)
					yield {
						about: aboutOf(statement),
						message: statement.sentence,
						risk: risks[statement.risk] ?? "notice",
					};
	},
});

const known = new WeakMap<World, { readonly before: World; readonly changes: ReachChanges }>();

/** Every stack of two worlds is asked about, and the worlds are compared once. */
function changesOf(before: World, after: World): ReachChanges {
	const kept = known.get(after);
	if (kept?.before === before) return kept.changes;
	const changes = reachChanges(before, after);
	known.set(after, { before, changes });
	return changes;
}

/** Stack that is told: that of the first block that grants it, or the first of all when it has gone. */
function ownerOf({ grants: [first] }: Statement, { stacks }: World): string | undefined {
	return (stacks.find(({ stack }) => stack === first?.stack) ?? stacks[0])?.stack;
}

function aboutOf({ grants: [first] }: Statement) {
	return first === undefined ? {} : { address: first.address, path: first.path };
}

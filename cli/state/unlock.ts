import { Act } from "../../engine/state/act.ts";
import { whoAmI } from "../../engine/state/journal.ts";
import { locksOf, type SessionInput } from "../../engine/state/state-session.ts";
import { UsageError } from "../../terminal/usage-error.ts";

/**
 * Frees the lock of a state from the holder that is named, and records who did.
 *
 * @returns what was freed, for the reader
 * @throws UsageError when nobody holds it, or somebody else does
 */
export async function unlockState(
	place: SessionInput & { readonly folder: string },
	name: string,
): Promise<string> {
	const locks = locksOf(place);
	const held = [];
	for (const lock of locks) {
		const holder = await lock.holder();
		if (holder !== undefined) held.push({ lock, holder });
	}
	const [first] = held;
	if (first === undefined) throw new UsageError(`stack ${place.stack}: its state is not locked`);
	const other = held.find(({ holder }) => holder.holder !== name);
	if (other !== undefined)
		throw new UsageError(
			`stack ${place.stack}: its state is locked by ${other.holder.holder} since ${other.holder.since}, not by ${name}`,
		);
	const { since, operation } = first.holder;
	const { folder, commit, section } = place;
	const note = `from ${name}, who held it since ${since} for ${operation}`;
	const act = new Act({ what: "unlock", folder, commit, site: section.site, note });
	try {
		for (const { lock, holder } of held) await lock.breakFrom(holder, whoAmI());
		act.end("done");
	} catch (error) {
		act.end("failed");
		throw error;
	}
	return note;
}

import type { HolderOfState } from "../../engine/state/lock-holder.ts";
import type { LockedState, PlaceOfState } from "../../engine/state/locked-state.ts";
import { openState, pendingMoveOf } from "../../engine/state/open-state.ts";
import type { PendingMove } from "../../engine/state/pending-move.ts";
import { headOfState } from "../../engine/state/state-head.ts";
import { foreignText } from "../../terminal/foreign-text.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { compareStates } from "./compare-states.ts";

/** What may be shown of a state. */
export interface DescribedState {
	readonly stack: string;
	readonly site: string;
	readonly serial: number | undefined;
	readonly lineage: string | undefined;
	readonly digest: string | undefined;
	/** Who has locked it; undefined when nobody has. */
	readonly lock: HolderOfState | undefined;
	/** A move from or to it that is half done. */
	readonly pendingMove: PendingMove | undefined;
	/** Serials of the versions that it can be rolled back to, the newest first. */
	readonly earlier: readonly number[];
	/** Addresses. */
	readonly objects: readonly string[];
}

/** @throws UsageError when it belongs to another site */
export async function describeState(place: PlaceOfState): Promise<DescribedState> {
	const state = await openState(place);
	try {
		const text = await state.read();
		const head = text === undefined ? undefined : headOfState(text);
		return {
			stack: place.stack,
			site: place.section.site,
			serial: head?.serial,
			lineage: head?.lineage,
			digest: head?.digest,
			lock: await state.lock(),
			pendingMove: await pendingMoveOf(place),
			earlier: state.earlier().map(({ serial }) => serial),
			objects: compareStates(undefined, text ?? "{}").believed,
		};
	} finally {
		await state.close();
	}
}

export function renderState({
	stack,
	site,
	serial,
	digest,
	lock,
	pendingMove,
	earlier,
	objects,
}: DescribedState): string {
	return [
		serial === undefined
			? `stack ${stack} of site ${site} has no state yet`
			: `stack ${stack} of site ${site}: serial ${serial}, SHA-256 ${digest}`,
		lock === undefined
			? "nobody has locked it"
			: `locked by ${lock.holder} since ${lock.since}, for ${lock.operation}`,
		...(pendingMove === undefined
			? []
			: [
					`a ${pendingMove.what} from ${pendingMove.source.stack} to ${pendingMove.target.stack} is half done (${pendingMove.who}, ${pendingMove.at}): infra state resume ${stack}, or undo`,
				]),
		`earlier versions: ${earlier.join(", ") || "none"}`,
		...objects.map((address) => `  ${foreignText(address)}`),
	].join("\n");
}

/** The stored state in the clear, or an earlier version. @throws UsageError when there is none */
export async function pulledState(place: PlaceOfState, serial: string | undefined): Promise<string> {
	const state = await openState(place);
	try {
		if (serial !== undefined) return await versionOf({ place, ...state }, serial);
		const text = await state.read();
		if (text === undefined) throw new UsageError(`stack ${place.stack} has no state yet`);
		return text;
	} finally {
		await state.close();
	}
}

/** A version by its serial; the stored one, too. @throws UsageError when it is not kept */
export async function versionOf(
	{ place, read, earlier, open }: Pick<LockedState, "place" | "read" | "earlier" | "open">,
	serial: string,
): Promise<string> {
	const stored = await read();
	if (stored !== undefined && String(headOfState(stored).serial) === serial) return stored;
	const versions = earlier();
	const found = versions.find((version) => String(version.serial) === serial);
	if (found === undefined)
		throw new UsageError(
			`stack ${place.stack}: no version with serial ${serial} is kept`,
			`there are ${versions.map((version) => version.serial).join(", ") || "none"}; git has others: git log -- ${place.folder}`,
		);
	return open(found);
}

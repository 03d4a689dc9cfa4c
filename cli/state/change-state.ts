import { Act } from "../../engine/state/act.ts";
import { type LockedState, type PlaceOfState, withLockedState } from "../../engine/state/locked-state.ts";
import { headOfState } from "../../engine/state/state-head.ts";
import { requireSuccessor } from "../../engine/state/state-store.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { compareStates, renderDifference } from "./compare-states.ts";

/** Asks whether what is lost may be lost. */
export type ConfirmLoss = (lines: readonly string[]) => Promise<boolean>;

export interface StateChange {
	readonly place: PlaceOfState;
	/** As the journal has it. */
	readonly what: string;
	readonly note?: string;
	/** The state that takes the place of the stored one. */
	readonly choose: (state: LockedState) => Promise<string>;
	readonly confirm: ConfirmLoss;
}

/**
 * Puts a chosen state in the place of the stored one, as its next version, once the loss was named and confirmed.
 *
 * @returns the serial that it has now
 * @throws UsageError when it is not confirmed, belongs elsewhere, or a move is half done
 */
export function changeState({ place, what, note, choose, confirm }: StateChange): Promise<number> {
	const { folder, commit, section, stack } = place;
	return withLockedState(
		place,
		what,
		async (state) => {
			const chosen = await choose(state);
			const stored = await state.read();
			const serial = state.newest + 1;
			const next = withSerial(chosen, serial);
			const before = stored === undefined ? undefined : headOfState(stored);
			requireSuccessor({ ...place, site: section.site }, headOfState(next), before);
			if (!(await confirm(renderDifference(compareStates(stored, next)))))
				throw new UsageError(`stack ${stack}: not confirmed, its state is as it was`);
			const act = new Act({ what, folder, commit, site: section.site, ...(note !== undefined && { note }) });
			try {
				const head = await state.write(next);
				act.end("done", head);
				return head.serial;
			} catch (error) {
				act.end("failed");
				throw error;
			}
		},
		{ older: true },
	);
}

/** The same state with another serial; nothing else of the text changes, numbers in it included. */
function withSerial(text: string, serial: number): string {
	const { serial: was } = headOfState(text);
	const changed = text.replace(/"serial":\s*\d+/, `"serial": ${serial}`);
	const restored = { ...JSON.parse(changed), serial: was };
	if (headOfState(changed).serial !== serial || JSON.stringify(restored) !== JSON.stringify(JSON.parse(text)))
		throw new UsageError("this state does not have its serial where Terraform writes it");
	return changed;
}

import { Act } from "../../engine/state/act.ts";
import { headOfState } from "../../engine/state/state-head.ts";
import { type SessionInput, StateSession } from "../../engine/state/state-session.ts";
import type { StateStore } from "../../engine/state/state-store.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { compareStates, renderDifference } from "./compare-states.ts";

/** Asks whether what is lost may be lost. */
export type ConfirmLoss = (lines: readonly string[]) => Promise<boolean>;

export interface StateChange {
	readonly input: SessionInput & { readonly folder: string };
	/** As the journal has it. */
	readonly what: string;
	readonly note?: string;
	/** The state that takes the place of the stored one. */
	readonly choose: (store: StateStore) => Promise<string>;
	readonly confirm: ConfirmLoss;
}

/**
 * Puts a chosen state in the place of the stored one, as its next version, once the loss was named and confirmed.
 *
 * @returns the serial that it has now
 * @throws UsageError when it is not confirmed, or belongs elsewhere
 */
export async function changeState({ input, what, note, choose, confirm }: StateChange): Promise<number> {
	const session = await StateSession.prepare(input);
	const { store } = session;
	try {
		return await session.state.locked(
			what,
			async (last) => {
				const chosen = await choose(store);
				const stored = await store.read();
				const serial = Math.max((await store.head())?.serial ?? 0, last?.serial ?? 0) + 1;
				const next = withSerial(chosen, serial);
				if (!(await confirm(renderDifference(compareStates(stored, next)))))
					throw new UsageError(`stack ${input.stack}: not confirmed, its state is as it was`);
				const { folder, commit, section } = input;
				const act = new Act({
					what,
					folder,
					commit,
					site: section.site,
					...(note !== undefined && { note }),
				});
				try {
					act.end("done", await store.write(next));
				} catch (error) {
					act.end("failed");
					throw error;
				}
				return serial;
			},
			{ older: true },
		);
	} finally {
		await session.close();
	}
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

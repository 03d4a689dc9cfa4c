import type { PendingMove } from "./pending-move.ts";

/** What is stored in the place of a state. */
export interface StoredState {
	/** The state in the clear; undefined while there is none. */
	readonly text: string | undefined;
	/** The move from or to it that is half done. */
	readonly pending: PendingMove | undefined;
}

/** Format that neither Terraform nor OpenTofu reads: no program plans or writes a state that is sealed. */
const format = 99;

/** How a sealed state begins. */
export const sealedPrefix = `{"version":${format},`;

/** Wraps a state while a move is half done, in a text that every engine refuses, and that says why. */
export function seal({ text, pending }: StoredState & { readonly pending: PendingMove }): string {
	const { what, who, at, source, target } = pending;
	const why = `a ${what} from ${source.stack} to ${target.stack} is half done (${who}, ${at}): infra state resume ${source.stack}, or undo`;
	return JSON.stringify({ version: format, why, pending, state: text ?? null });
}

export function unseal(stored: string | undefined): StoredState {
	if (stored === undefined || !stored.startsWith(sealedPrefix)) return { text: stored, pending: undefined };
	const { pending, state } = JSON.parse(stored) as {
		readonly pending: PendingMove;
		readonly state: string | null;
	};
	return { text: state ?? undefined, pending };
}

/** Whether an engine has refused a state because it is sealed. @param output of the engine, as text or as JSON */
export const saysSealed = (output: string) =>
	new RegExp(`\\bformat version ${format}\\b`).test(output.replace(/(\\n|[\s│╷╵])+/g, " "));

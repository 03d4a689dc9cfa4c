import { openStacks } from "../../engine/open-stacks.ts";
import type { Project } from "../../engine/project.ts";
import { selectStacks } from "../../engine/stack-selection.ts";
import type { LockedOptions } from "../../engine/state/held-state.ts";
import { type LockedState, withLockedStates } from "../../engine/state/locked-state.ts";
import {
	type BothStates,
	documentOf,
	moveBetween,
	nextText,
	recorded,
} from "../../engine/state/move-between.ts";
import { pendingMoveOf } from "../../engine/state/open-state.ts";
import { isHalfDone } from "../../engine/state/pending-move.ts";
import { type Move, transferObjects } from "../../engine/state/rewrite/move-objects.ts";
import type { StateDocument } from "../../engine/state/rewrite/state-document.ts";
import type { WorkingDirectory } from "../../engine/working-directory.ts";
import { foreignText } from "../../terminal/foreign-text.ts";
import { print } from "../../terminal/output.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { placeOfState } from "./open-state.ts";
import { type Copy, planCopies } from "./plan-copies.ts";

export interface RewriteOptions {
	/** As the journal has it. */
	readonly what: string;
	/** Whether objects may be changed in place by the next deploy. */
	readonly allowUpdates: boolean;
	/** Asks whether the states may be written. */
	readonly confirm: () => Promise<boolean>;
}

/** What becomes of one state. */
export interface Edit {
	readonly document: StateDocument;
	/** What changes, a line each. */
	readonly lines: readonly string[];
}

/**
 * Changes the state of one stack, once a plan with its copy was empty.
 *
 * @param edit what becomes of it; undefined when nothing is left to do
 * @returns whether it was changed
 */
export function rewriteState(
	project: Project,
	stack: string,
	{ edit, ...options }: RewriteOptions & { readonly edit: (state: StateDocument) => Edit | undefined },
): Promise<boolean> {
	return onLocked(project, [stack], options, async ([state], open) => {
		if (state === undefined) return false;
		const edited = edit(await documentOf(state));
		if (edited === undefined) return false;
		await propose(edited.lines, [{ ...open(stack), state: nextText(state, edited.document) }], options);
		await recorded(state, options.what, edited.lines.join("; "), edited.document);
		return true;
	});
}

/**
 * Moves objects from the state of one stack to that of another, once plans of both with their copies were empty.
 *
 * @param choose what is moved; nothing when nothing is left to do
 * @returns whether anything was
 */
export function rewriteStates(
	project: Project,
	{ from, to }: { readonly from: string; readonly to: string },
	{
		choose,
		...options
	}: RewriteOptions & {
		readonly choose: (source: StateDocument, target: StateDocument) => readonly Move[];
	},
): Promise<boolean> {
	if (from === to) throw new UsageError(`${from} and ${to} are one stack`);
	return onLocked(project, [from, to], options, async (locked, open) => {
		const states = bothOf(locked, { from, to });
		const before = { source: await documentOf(states.source), target: await documentOf(states.target) };
		const moves = choose(before.source, before.target);
		if (moves.length === 0) return false;
		const after = transferObjects(before, moves);
		const lines = moves.map((move) => `${move.from} of ${from} becomes ${move.to} of ${to}`);
		const copies = [
			{ ...open(from), state: nextText(states.source, after.source) },
			{ ...open(to), state: nextText(states.target, after.target) },
		];
		await propose(lines, copies, options);
		await moveBetween(states, before, { what: options.what, moves });
		return true;
	});
}

/** The two states of a move among those that are locked. */
export function bothOf(
	locked: readonly LockedState[],
	{ from, to }: { readonly from: string; readonly to: string },
): BothStates {
	const of = (name: string) => locked.find(({ place }) => place.stack === name);
	const [source, target] = [of(from), of(to)];
	if (source === undefined || target === undefined) throw new UsageError(`no such stacks: ${from}, ${to}`);
	return { source, target };
}

/** Locks the states of stacks, in the order in which these are applied, whatever order they are named in. */
export async function withStatesOf<T>(
	project: Project,
	names: readonly string[],
	what: string,
	task: (states: readonly LockedState[]) => Promise<T>,
	options: LockedOptions = {},
): Promise<T> {
	const selected = selectStacks(project.catalogue, names);
	const places = await Promise.all(selected.map(({ name }) => placeOfState(project, name)));
	return withLockedStates(places, what, task, options);
}

async function onLocked<T>(
	project: Project,
	names: readonly string[],
	{ what }: RewriteOptions,
	task: (
		states: readonly LockedState[],
		open: (stack: string) => { readonly stack: WorkingDirectory },
	) => Promise<T>,
): Promise<T> {
	const selected = selectStacks(project.catalogue, names);
	for (const { name } of selected) {
		const pending = await pendingMoveOf(await placeOfState(project, name));
		if (pending !== undefined) throw isHalfDone(pending, name);
	}
	// Before the states are locked: it takes a while.
	const directories = await openStacks(await project.openApp(), selected, { verbose: false });
	const open = (name: string) => {
		const stack = directories.find(({ document }) => document.stack === name);
		if (stack === undefined) throw new UsageError(`stack ${name} is left out, so it cannot be planned`);
		return { stack };
	};
	return withStatesOf(project, names, what, (states) => task(states, open));
}

async function propose(
	lines: readonly string[],
	copies: readonly Copy[],
	{ allowUpdates, confirm }: RewriteOptions,
): Promise<void> {
	for (const line of lines) print(`  ${foreignText(line)}`);
	await planCopies(copies, { allowUpdates });
	if (!(await confirm())) throw new UsageError("not confirmed, no state was written");
}

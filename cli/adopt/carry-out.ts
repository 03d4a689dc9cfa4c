import { join, resolve } from "node:path";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { planStack, type StackPlan } from "../../engine/plan/plan-stack.ts";
import { nextVersion, parseState, renderState } from "../../engine/state/rewrite/state-document.ts";
import type { WorkingDirectory } from "../../engine/working-directory.ts";
import { stateSectionOf } from "../../stacks/state-section.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { backUp, digestOfObjects, hasAdoption, lastAdoption, markUndone, openBackup } from "./backups.ts";
import { ownState } from "./own-state.ts";
import type { Prepared } from "./prepare.ts";
import type { Source } from "./source.ts";

export interface CarryingOut {
	/** Held by the caller. */
	readonly stack: WorkingDirectory;
	readonly sources: readonly Source[];
	/** Folder of the site's output. */
	readonly output: string;
}

/**
 * Writes what was prepared: copies of all states first, then the state of the stack, then those that lose its objects. Stopped
 * anywhere, an object is in one state or in both, and the next run goes on from there.
 *
 * @returns the plan afterwards
 * @throws VisibleError when that plan does anything else than the one that was shown
 */
export async function carryOut(input: CarryingOut, prepared: Prepared): Promise<StackPlan> {
	const { stack, sources } = input;
	const { folder, site, recipients } = placeOf(input);
	const { target, before, sourcesBefore, next } = prepared;
	for (const source of sources) await source.requireFree?.();
	const lost = sources.flatMap((source) => {
		const state = next.sources.get(source.name);
		return state === undefined ? [] : [{ source, text: renderState(state) }];
	});
	const states = [
		{ before, after: target },
		...lost.map(({ source: { name }, text }) => ({
			source: name,
			before: sourcesBefore.get(name) ?? "",
			after: text,
		})),
	];
	const resumed = next.moved.length + next.imports.length === 0 && hasAdoption(folder);
	if (!resumed) await backUp(folder, { site, stack: stack.document.stack }, states, recipients);
	const note = `${next.moved.length} moved, ${next.imports.length} imported, from ${sources.map(({ name }) => name).join(", ")}`;
	await stack.recorded({ what: "adopt", note }, async () => {
		if (next.moved.length + next.imports.length > 0) await stack.must("state push", "-", { input: target });
		for (const { source, text } of lost) await writeUnchanged(source, text, sourcesBefore.get(source.name));
	});
	const after = await planStack(stack, { look: false });
	requireSamePlan(prepared.plan, after);
	return after;
}

/** Puts the states back as they were before the newest adoption. @throws UsageError when somebody has written one since */
export async function undo(input: CarryingOut): Promise<readonly string[]> {
	const { stack, sources } = input;
	const { folder } = placeOf(input);
	const { record, file } = lastAdoption(folder, stack.document.stack);
	const done: string[] = [];
	await stack.init({ backend: true });
	const writes: (() => Promise<void>)[] = [];
	// The older state gets its objects back before ours forgets them.
	for (const kept of record.states.toReversed()) {
		const source = sources.find(({ name }) => name === kept.source);
		if (kept.source !== undefined && source === undefined)
			throw new UsageError(`${kept.source} is not among the states of the maps`);
		await source?.requireFree?.();
		const name = kept.source ?? `the state of ${stack.document.stack}`;
		const now = source === undefined ? await ownState(stack) : await source.read();
		const digest = digestOfObjects(now);
		if (digest === kept.before) continue;
		if (digest !== kept.after)
			throw new UsageError(
				`${name} was written since it was adopted, nothing was undone`,
				`its copy is in ${folder}; infra state move takes single objects`,
			);
		const before = await openBackup(folder, kept);
		const text = renderState({
			...(before === "" ? { ...parseState(now), resources: [] } : parseState(before)),
			serial: nextVersion(parseState(now)).serial,
			lineage: parseState(now).lineage,
		});
		writes.push(async () => {
			if (source === undefined) await stack.must("state push", "-", { input: text });
			else await source.write(text);
			done.push(name);
		});
	}
	await stack.recorded({ what: "undo adopt", note: `of ${record.at}` }, async () => {
		for (const write of writes) await write();
	});
	markUndone(file, record);
	return done;
}

function placeOf({ stack, output }: CarryingOut) {
	const section = stateSectionOf(stack.document);
	if (section === undefined)
		throw new VisibleError(`stack ${stack.document.stack}: nobody says where its journal is`);
	const folder = resolve(join(output, "stacks", stack.document.stack), section.folder);
	const { tier0 } = stack.world.site.state;
	const recipients = tier0.kind === "encrypted" ? tier0.recipients : [];
	return { folder, site: section.site, recipients };
}

/** What was planned was planned for this state alone. */
async function writeUnchanged(source: Source, text: string, planned: string | undefined): Promise<void> {
	if ((await source.read()) !== planned)
		throw new UsageError(
			`${source.name} was written since it was read: its objects are in both states now`,
			"run infra adopt apply again: it takes them out of that one",
		);
	await source.write(text);
}

function requireSamePlan(shown: StackPlan, after: StackPlan): void {
	const lines = ({ summary }: StackPlan) =>
		summary.changes.map(({ action, address }) => `${action} ${address}`).sort();
	const expected = new Set(lines(shown));
	const more = lines(after).filter((line) => !expected.has(line));
	if (more.length > 0)
		throw new VisibleError(
			`stack ${after.summary.stack} is adopted, and its plan is not what it was on the copy: ${more.join(", ")}; infra adopt undo ${after.summary.stack} takes it back`,
		);
}

import type { Project } from "../../engine/project.ts";
import type { WorkingDirectory } from "../../engine/working-directory.ts";
import { print } from "../../terminal/output.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { carryOut, undo } from "./carry-out.ts";
import { type Opened, openMaps } from "./open.ts";
import { type Prepared, prepare } from "./prepare.ts";
import { reportAdoption } from "./report.ts";

export interface AdoptionRun {
	readonly project: Project;
	/** Folder of the maps. */
	readonly folder: string;
	/** Stacks; all that have a map when none is named. */
	readonly names: readonly string[];
}

interface Step {
	readonly stack: WorkingDirectory;
	readonly prepared: Prepared;
	readonly report: string;
	readonly opened: Opened;
	readonly sources: Parameters<typeof carryOut>[0]["sources"];
}

/** Prepares each stack and hands it on, while it is held. @returns whether one was refused */
async function eachStack(
	{ project, folder, names }: AdoptionRun,
	task: (step: Step) => Promise<void>,
): Promise<boolean> {
	const { opened, maps, stacks } = await openMaps(project, folder, names);
	const { left } = maps;
	let refused = false;
	for (const stack of stacks)
		await stack.held(async () => {
			const entries = maps.stacks.get(stack.document.stack) ?? [];
			const used = maps.sources.filter(({ name }) => entries.some(({ state }) => state === name));
			const prepared = await prepare({ stack, entries, left, sources: used, registry: opened.registry });
			refused ||= prepared.refused.length > 0;
			const report = reportAdoption(stack.document.stack, prepared, { entries, left });
			await task({ stack, prepared, report, opened, sources: used });
		});
	return refused;
}

/** Prints what an adoption would do to each stack. @returns whether one was refused */
export function planAdoption(run: AdoptionRun): Promise<boolean> {
	return eachStack(run, async ({ stack, prepared }) => print(summary(stack.document.stack, prepared)));
}

/** The reports of all stacks, one below the other. */
export async function adoptionReport(run: AdoptionRun): Promise<string> {
	const reports: string[] = [];
	await eachStack(run, async ({ report }) => void reports.push(report));
	return `${reports.join("\n\n")}\n`;
}

/**
 * Adopts, stack after stack.
 *
 * @param confirm is asked before something is written
 * @throws UsageError when a stack is refused, or not confirmed; those before it are adopted
 */
export async function applyAdoption(
	run: AdoptionRun,
	confirm: (stack: string) => Promise<boolean>,
): Promise<void> {
	await eachStack(run, async ({ stack, prepared, opened, sources }) => {
		const { stack: name } = stack.document;
		if (prepared.refused.length > 0)
			throw new UsageError(
				[
					`stack ${name} is not adopted, nothing of it was written:`,
					...prepared.refused.map((line) => `  ${line}`),
				].join("\n"),
			);
		if (!prepared.changes) return print(`${name}  nothing to adopt`);
		print(summary(name, prepared));
		if (!(await confirm(name)))
			throw new UsageError(`stack ${name}: not confirmed, nothing of it was written`);
		const after = await carryOut({ stack, sources, output: opened.output }, prepared);
		print(
			`${name}  adopted; the next plan has ${after.summary.changes.length || "no"} changes, none of which loses anything`,
		);
	});
}

/** Takes the newest adoption of stacks back. */
export async function undoAdoption({ project, folder, names }: AdoptionRun): Promise<void> {
	const { opened, maps, stacks } = await openMaps(project, folder, names);
	for (const stack of stacks.toReversed())
		await stack.held(async () => {
			const done = await undo({ stack, sources: maps.sources, output: opened.output });
			print(
				`${stack.document.stack}  ${done.length === 0 ? "was undone already" : `as before: ${done.join(", ")}`}`,
			);
		});
}

function summary(stack: string, { next, plan, refused }: Prepared): string {
	const { changes } = plan.summary;
	const lines = (action: string, called: string) =>
		changes.filter((change) => change.action === action).map(({ address }) => `  ${called}  ${address}`);
	const secrets = [...next.secrets].flatMap(([address, all]) =>
		all.map(({ path }) => `  secret to change  ${address}: ${path}`),
	);
	return [
		`${stack}  ${next.moved.length} to move, ${next.imports.length} to import, ${next.inBoth.length} to take out of the older state`,
		...lines("update", "changed in place by the next deploy"),
		...lines("create", "created by the next deploy"),
		...secrets,
		...refused.map((line) => `  refused  ${line}`),
	].join("\n");
}

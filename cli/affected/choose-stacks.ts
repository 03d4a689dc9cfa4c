import type { Project } from "../../engine/project.ts";
import { selectStacks } from "../../engine/stack-selection.ts";
import { stacksToldOf } from "../../review/beside-parts.ts";
import type { StackFacts } from "../../stacks/declaration.ts";
import type { InfraApp } from "../../stacks/infra-app.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { openAffected } from "./affected.ts";

export interface StackChoice {
	/** Only stacks that the change affects. */
	readonly affected: boolean;
	/** Revision to compare with. @default as `infra affected` */
	readonly base?: string | undefined;
	/** Whether stacks are among them that are told what changes beside Terraform. @default false */
	readonly beside?: boolean;
	/** Says what takes time, and which stack has left the code. */
	readonly progress: (what: string) => void;
}

/** Stacks in the order in which they are applied, none when nothing is affected; and the app that has them. */
export interface ChosenStacks {
	readonly selected: readonly StackFacts[];
	/** Names of stacks that have left the code; known only where the affected ones were asked for. */
	readonly removed: readonly string[];
	readonly app: InfraApp;
}

/**
 * Stacks that a command works on: those that are named, all, or those that a change affects.
 *
 * @throws UsageError for a name beside `--affected`, for an unknown name, and as `affected`
 */
export async function chooseStacks(
	project: Project,
	names: readonly string[],
	{ affected: only, base, beside = false, progress }: StackChoice,
): Promise<ChosenStacks> {
	if (!only) {
		const selected = selectStacks(project.catalogue, names);
		return { selected, removed: [], app: await project.openApp() };
	}
	if (names.length > 0)
		throw new UsageError("--affected chooses the stacks by itself", "leave the names out, or the option");
	const { app, result } = await openAffected(project, { base, progress });
	const { stacks } = result;
	const removed = stacks.filter(({ effect }) => effect === "removed").map(({ stack }) => stack);
	for (const stack of removed)
		progress(
			`warning: stack ${stack} has left the code, and what it made stays; destroy it from the base: infra destroy ${stack}`,
		);
	const present = new Set(stacks.filter(({ effect }) => effect !== "removed").map(({ stack }) => stack));
	const told = stacksToldOf(beside ? (result.beside ?? []).map(({ part }) => part) : []);
	for (const { name } of project.catalogue) if (told.has(name)) present.add(name);
	if (present.size === 0) progress("no stack is affected");
	return { selected: present.size === 0 ? [] : selectStacks(project.catalogue, [...present]), removed, app };
}

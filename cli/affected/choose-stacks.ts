import type { Project } from "../../engine/project.ts";
import { selectStacks } from "../../engine/stack-selection.ts";
import type { StackFacts } from "../../stacks/declaration.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { affected } from "./affected.ts";

export interface StackChoice {
	/** Only stacks that the change affects. */
	readonly affected: boolean;
	/** Revision to compare with. @default as `infra affected` */
	readonly base?: string | undefined;
	/** Says what takes time, and which stack has left the code. */
	readonly progress: (what: string) => void;
}

/**
 * Stacks that a command works on: those that are named, all, or those that a change affects.
 *
 * @returns stacks in the order in which they are applied; none when nothing is affected
 * @throws UsageError for a name beside `--affected`, for an unknown name, and as `affected`
 */
export async function chooseStacks(
	project: Project,
	names: readonly string[],
	{ affected: only, base, progress }: StackChoice,
): Promise<readonly StackFacts[]> {
	if (!only) return selectStacks(project.catalogue, names);
	if (names.length > 0)
		throw new UsageError("--affected chooses the stacks by itself", "leave the names out, or the option");
	const { stacks } = await affected(project, { base, progress });
	for (const { stack, effect } of stacks)
		if (effect === "removed")
			progress(
				`warning: stack ${stack} has left the code, and what it made stays; destroy it from the base: infra destroy ${stack}`,
			);
	const present = stacks.filter(({ effect }) => effect !== "removed").map(({ stack }) => stack);
	if (present.length === 0) progress("no stack is affected");
	return present.length === 0 ? [] : selectStacks(project.catalogue, present);
}

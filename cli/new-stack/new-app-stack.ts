import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../../terminal/usage-error.ts";
import type { AppStack } from "./app-stack.ts";
import { entries } from "./enter-stack.ts";
import { renderApp } from "./render-app.ts";
import { withStandIn } from "./stand-in-owner.ts";

/** The registry that tests build every stack with. */
const labRegistry = "config/registry/lab.json";

/** What a new stack changes in the project: texts by path, before and after. */
export interface FileChange {
	/** Relative to the project. */
	readonly path: string;
	/** Absent when the file is new. */
	readonly before?: string;
	readonly after: string;
}

/**
 * Everything that a stack needs: its folder, its test, and its place in the lists of stacks and of reserved names.
 * Reads only.
 *
 * @param root folder of the project
 * @throws UsageError when a file of the stack is there, or a list is not where it is expected
 */
export function newAppStack(root: string, stack: AppStack): FileChange[] {
	const read = (path: string) => readFileSync(join(root, path), "utf8");
	const made = Object.entries(renderApp(stack, read)).map(([path, after]): FileChange => {
		if (existsSync(join(root, path)))
			throw new UsageError(`${path} is there already; nothing was written`, "choose another name");
		return { path, after };
	});
	const edited = Object.entries(entries).map(([path, edit]): FileChange => {
		const before = read(path);
		try {
			return { path, before, after: edit(before, stack) };
		} catch (error) {
			throw new UsageError(
				`${path} ${(error as Error).message}; nothing was written`,
				"enter the stack by hand, as the others are",
			);
		}
	});
	const registry = read(labRegistry);
	const standIn = withStandIn(registry, stack);
	return [
		...made,
		...edited,
		...(standIn === registry ? [] : [{ path: labRegistry, before: registry, after: standIn }]),
	];
}

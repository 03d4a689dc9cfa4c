import { patchOf } from "../../terminal/patch.ts";
import type { FileChange } from "./new-app-stack.ts";

/** What was changed, and what comes next. */
export function renderChanges(
	changes: readonly FileChange[],
	{ dryRun }: { readonly dryRun: boolean },
): string {
	if (dryRun)
		return changes
			.map(({ path, before = "", after }) =>
				patchOf({ name: path, text: before }, { name: path, text: after }),
			)
			.join("\n");
	return [
		...changes.map(({ path, before }) => `${before === undefined ? "made  " : "edited"}  ${path}`),
		"",
		"Next:",
		"  npx vitest run --project unit test/stacks test/unit/apps -u   # its snapshot of each site, to be read",
		"  npm run docs                                                  # its line in the tables",
		"  npx infra validate                                            # every rule",
	].join("\n");
}

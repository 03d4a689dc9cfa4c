import { Command } from "@commander-js/extra-typings";
import type { Project } from "../../engine/project.ts";
import { print, printJson, printProgress } from "../../terminal/output.ts";
import { examples } from "./examples.ts";

export function affectedCommand(project: Project) {
	return new Command("affected")
		.description("say which stacks a change affects, by what they render before and after")
		.option(
			"--base <revision>",
			"what to compare with (default: what each stack was last deployed from, else the merge base with the main branch)",
		)
		.option("--why", "show the objects and arguments that differ")
		.option("--json", "print the differences as JSON")
		.option("--exit-code", "exit with 2 when anything is affected")
		.addHelpText(
			"after",
			examples(
				["infra affected", "uncommitted changes count; comments and refactorings do not"],
				["infra affected --base HEAD~1 --why", "what the last commit changes in each object"],
				["infra affected --json --exit-code", "for a script: 0 nothing, 2 something, 1 error"],
			),
		)
		.action(async ({ base, why = false, json = false, exitCode = false }) => {
			const [{ affected }, { renderAffected }] = await Promise.all([
				import("../affected/affected.ts"),
				import("../affected/render-affected.ts"),
			]);
			const result = await affected(project, { base, progress: printProgress });
			if (json) printJson({ version: 1, ...result, beside: result.beside ?? null });
			else print(renderAffected(result, { why }));
			const any = result.stacks.length > 0 || result.beside === undefined || result.beside.length > 0;
			if (exitCode && any) process.exitCode = 2;
		});
}

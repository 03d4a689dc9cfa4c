import { Command } from "@commander-js/extra-typings";
import type { Project } from "../../engine/project.ts";
import { examples } from "./examples.ts";

export function planCommand(project: Project) {
	return new Command("plan")
		.description("show what a deploy would change")
		.argument("[stack...]", "stacks to plan; all of them when none is named")
		.option("--summary", "print counts, and no arguments")
		.option("--json", "print the changes as JSON")
		.option("--verbose", "print what Terraform itself says")
		.option("--adopt", "print an import block for everything that would be created but is already there")
		.option("--detailed-exitcode", "exit with 2 when there is something to change")
		.addHelpText(
			"after",
			examples(
				["infra plan", "all stacks, in the order in which they are applied"],
				["infra plan redis --summary", "one stack, in a few lines"],
				["infra plan redis --verbose", "with the whole text of its plan"],
				["infra plan redis --adopt", "what of it runs already, with the ids that import it"],
				["infra plan --json --detailed-exitcode", "for a script: 0 no changes, 2 changes, 1 error"],
			),
		)
		.action(
			async (
				names,
				{ summary = false, json = false, verbose = false, adopt = false, detailedExitcode = false },
			) => {
				const [{ selectStacks }, { openStacks }, { planStacks }] = await Promise.all([
					import("../../engine/stack-selection.ts"),
					import("../../engine/open-stacks.ts"),
					import("../../engine/plan/plan-stacks.ts"),
				]);
				const selected = selectStacks(project.catalogue, names);
				const stacks = await openStacks(await project.openApp(), selected, { verbose: verbose && !json });
				const { failed, changes } = await planStacks(stacks, { json, short: summary, adopt });
				if (failed) process.exitCode = 1;
				else if (changes && detailedExitcode) process.exitCode = 2;
			},
		);
}
